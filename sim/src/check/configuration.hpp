// Configuration: one of the ways in which what happened so far can have happened.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "check/models/tables.hpp"
#include "norn/check/model.hpp"

namespace norn::check {

// What a configuration knows of the operation open in a slot: that it may have taken effect without
// a change in `state`, which is gone (an option), or that it has taken effect, in `state`. 0 stands
// for a state that does not matter.
struct Mark {
  std::uint32_t key = 0;  // 2 * slot, and 1 if it has taken effect
  StateId state = 0;

  std::uint32_t slot() const { return key / 2; }
  bool is_done() const { return key % 2 == 1; }
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

inline std::uint32_t option_of(std::uint32_t slot) {
  return slot * 2;
}
inline std::uint32_t done_of(std::uint32_t slot) {
  return slot * 2 + 1;
}

// The state, the marks (sorted), and the last time at which the state was overwritten whatever it
// was: who had been called before that (whose number is less than `hole`) can have taken effect
// just before it, unseen. Most have few marks, so that they are copied without memory of their own.
class Configuration {
 public:
  explicit Configuration(StateId state) : state_(state) {}
  // begin() makes it one of which nothing but the state is known.
  void begin(StateId state) {
    state_ = state;
    hole_ = 0;
    size_ = 0;
    many_.clear();
  }

  StateId state() const { return state_; }
  void set_state(StateId state) { state_ = state; }
  std::uint32_t hole() const { return hole_; }
  void set_hole(std::uint32_t hole) { hole_ = hole; }
  std::span<const Mark> marks() const { return {data(), size_}; }

  bool is_done(std::uint32_t slot) const {
    const std::span<const Mark> all = marks();
    const auto found = std::lower_bound(all.begin(), all.end(), Mark{.key = done_of(slot)});
    return found != all.end() && found->key == done_of(slot);
  }

  void mark(std::uint32_t key, StateId state) {
    const Mark made{.key = key, .state = state};
    const std::span<const Mark> all = marks();
    const auto place = std::lower_bound(all.begin(), all.end(), made);
    if (place != all.end() && *place == made) return;
    const auto at = place - all.begin();
    grow();
    std::copy_backward(data() + at, data() + size_ - 1, data() + size_);
    data()[at] = made;
  }

  void forget(std::uint32_t slot) {
    if (size_ == 0) return;
    Mark* const end = data() + size_;
    Mark* const kept = std::remove_if(data(), end, [&](const Mark& m) { return m.slot() == slot; });
    if (kept != end) shorten(static_cast<std::size_t>(kept - data()));
  }

 private:
  static constexpr std::uint32_t kFew = 5;

  Mark* data() { return size_ <= kFew ? few_.data() : many_.data(); }
  const Mark* data() const { return size_ <= kFew ? few_.data() : many_.data(); }
  void grow() {
    if (size_ + 1 > kFew) {
      if (size_ <= kFew) many_.assign(few_.begin(), few_.begin() + size_);
      many_.resize(size_ + 1);
    }
    ++size_;
  }
  void shorten(std::size_t size) {
    if (size_ > kFew && size <= kFew) {
      std::copy_n(many_.begin(), size, few_.begin());
      many_ = {};
    } else if (size_ > kFew) {
      many_.resize(size);
    }
    size_ = static_cast<std::uint32_t>(size);
  }

  StateId state_;
  std::uint32_t hole_ = 0;
  std::uint32_t size_ = 0;
  std::array<Mark, kFew> few_{};  // while that is enough
  std::vector<Mark> many_;
};

// Frontier holds configurations, in the order of their coming, of which none can do all that
// another one can.
class Frontier {
 public:
  // put() adds one that is known to be needed.
  void put(Configuration configuration) {
    const std::uint32_t number = size();
    Chain& chain = chain_of(configuration.state());
    next_.push_back(chain.first);
    chain.first = number;
    items_.push_back(std::move(configuration));
    gone_.push_back(0);
  }
  // add() is false if another one covers it: covers(a, b) is whether a can do all that b can. Those
  // that it covers itself are gone.
  template <class Covers>
  bool add(Configuration configuration, Covers covers) {
    std::uint32_t* link = &chain_of(configuration.state()).first;
    while (*link != kNone) {
      ++work_;
      const std::uint32_t at = *link;
      if (covers(items_[at], configuration)) return false;
      if (covers(configuration, items_[at])) {
        gone_[at] = 1;
        *link = next_[at];
      } else {
        link = &next_[at];
      }
    }
    put(std::move(configuration));
    return true;
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }
  const Configuration& operator[](std::uint32_t i) const { return items_[i]; }
  bool is_gone(std::uint32_t i) const { return gone_[i] != 0; }
  std::uint64_t work() const { return work_; }  // comparisons since clear()

  // swap_into() leaves those that are not gone in `out`, whose memory it takes.
  void swap_into(std::vector<Configuration>& out) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (gone_[i] != 0) continue;
      if (kept != i) items_[kept] = std::move(items_[i]);
      ++kept;
    }
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(kept), items_.end());
    std::swap(items_, out);
    clear();
  }
  // clear() keeps the memory.
  void clear() {
    items_.clear();
    next_.clear();
    gone_.clear();
    chains_.clear();
    if (indexed_ > 0) index_ = {};
    indexed_ = 0;
    work_ = 0;
  }

 private:
  static constexpr std::size_t kFew = 8;  // states that are compared one by one

  // Those in one state, the last one first.
  struct Chain {
    StateId state = 0;
    std::uint32_t first = kNone;
  };

  Chain& chain_of(StateId state) {
    if (chains_.size() <= kFew) {
      for (Chain& chain : chains_) {
        if (chain.state == state) return chain;
      }
    } else {
      for (; indexed_ < chains_.size(); ++indexed_)
        index_.add(mix_hash(chains_[indexed_].state), static_cast<std::uint32_t>(indexed_));
      const auto same = [&](std::uint32_t i) { return chains_[i].state == state; };
      const std::uint32_t found = index_.find(mix_hash(state), same);
      if (found != kNone) return chains_[found];
    }
    return chains_.emplace_back(Chain{.state = state});
  }

  std::vector<Configuration> items_;
  std::vector<std::uint32_t> next_;
  std::vector<std::uint8_t> gone_;  // covered by one that came later
  std::vector<Chain> chains_;
  HashIndex index_;
  std::size_t indexed_ = 0;  // how many of the chains are in it
  std::uint64_t work_ = 0;
};

}  // namespace norn::check
