// Choices: every decision of a run, by key.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "engine/choice_hash.hpp"

namespace norn::sim {

// A choice as it was made.
struct TakenChoice {
  ChoiceKind kind;
  std::uint64_t key;
  std::uint64_t place;   // where such choices are made: a link, a fiber
  std::int64_t options;  // how many values there are; 0: a number
  std::int64_t dull;
  std::int64_t taken;
  bool redrawn = false;  // see ChoiceOptions::redraws
};

// A set of kinds of choices: bit k is the kind of number k.
using ChoiceKinds = std::uint64_t;
inline constexpr ChoiceKinds kAllKinds = ~ChoiceKinds{0};
constexpr ChoiceKinds only(ChoiceKind kind) {
  return ChoiceKinds{1} << static_cast<unsigned>(kind);
}

inline constexpr std::uint64_t kDrawsForGreatest = 64;

// What can be told to a Choices besides the seed.
struct ChoiceOptions {
  std::uint64_t seed = 1;
  std::map<std::uint64_t, std::int64_t> overrides;  // by key: what is chosen
  ChoiceKinds dull = 0;  // kinds that, without an override, take their dullest value
  std::function<void(const TakenChoice&)> observer;  // called for each choice when set
  // By key: what is drawn from another seed than the run's; where that is odd, the greatest of
  // kDrawsForGreatest draws. Not for choices whose draw is no function of the bits alone
  // (next_event).
  std::map<std::uint64_t, std::uint64_t> redraws;
};

// Overrides as a hash table with open addressing: runs that are being shrunk have many thousands.
class OverrideTable {
 public:
  explicit OverrideTable(const std::map<std::uint64_t, std::int64_t>& overrides)
      : places_(std::bit_ceil(2 * overrides.size() + 1)) {
    for (const auto& [key, value] : overrides) *look_up(key) = {key, value, true};
  }
  // find() returns nullptr when the key has no override.
  const std::int64_t* find(std::uint64_t key) const {
    const Place* const place = const_cast<OverrideTable*>(this)->look_up(key);
    return place->used ? &place->value : nullptr;
  }

 private:
  struct Place {
    std::uint64_t key = 0;
    std::int64_t value = 0;
    bool used = false;
  };
  Place* look_up(std::uint64_t key) {
    for (std::size_t i = key;; ++i) {
      Place& place = places_[i & (places_.size() - 1)];
      if (!place.used || place.key == key) return &place;
    }
  }

  std::vector<Place> places_;
};

// A choice is a function of the seed and of its key; nothing is drawn from a stream. With
// overrides, dullness or an observer each choice takes the long way round.
class Choices {
 public:
  explicit Choices(ChoiceOptions options)
      : seed_(options.seed),
        special_(!options.overrides.empty() || options.dull != 0 || options.observer != nullptr ||
                 !options.redraws.empty()),
        dull_(options.dull),
        overrides_(options.overrides),
        redraws_(as_values(options.redraws)),
        observer_(std::move(options.observer)) {}

  std::uint64_t seed() const { return seed_; }
  // follow() lets the choices from now on follow another seed, whatever was dull.
  void follow(std::uint64_t seed) {
    seed_ = seed;
    dull_ = 0;
  }

  // choose() is from_draw(64 fair bits), unless overridden. `options`: how many values there are
  // (0: a number); `dull`: the dullest of them.
  template <class FromDraw>
  std::int64_t choose(ChoiceKind kind, std::uint64_t base, std::uint64_t occurrence,
                      std::int64_t options, std::int64_t dull, FromDraw&& from_draw) const {
    const std::uint64_t key = choice_key(kind, base, occurrence);
    if (!special_) [[likely]]
      return from_draw(draw(seed_, key));
    return choose_specially({kind, key, base, options, dull, 0}, from_draw);
  }

  // order() ranks things that are ready at one instant. Dull: all alike, so first in line.
  std::uint64_t order(ChoiceKind kind, std::uint64_t base, std::uint64_t occurrence) const {
    const std::uint64_t key = choice_key(kind, base, occurrence);
    if (!special_) [[likely]]
      return draw(seed_, key) >> 1U;
    const auto half = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits >> 1U); };
    return static_cast<std::uint64_t>(choose_specially({kind, key, base, 0, 0, 0}, half));
  }

 private:
  static std::map<std::uint64_t, std::int64_t> as_values(
      const std::map<std::uint64_t, std::uint64_t>& seeds) {
    std::map<std::uint64_t, std::int64_t> values;
    for (const auto& [key, seed] : seeds) values[key] = static_cast<std::int64_t>(seed);
    return values;
  }

  template <class FromDraw>
  [[gnu::noinline]] std::int64_t choose_specially(TakenChoice choice, FromDraw& from_draw) const {
    std::int64_t anew = 0;
    if (const std::int64_t* const found = redraws_.find(choice.key)) {
      const auto seed = static_cast<std::uint64_t>(*found);
      anew = from_draw(draw(seed, choice.key));
      for (std::uint64_t i = 1; (seed & 1U) != 0 && i < kDrawsForGreatest; ++i)
        anew = std::max<std::int64_t>(anew, from_draw(draw(seed + 2 * i, choice.key)));
      choice.redrawn = true;
    }
    // The run's own draw comes last, so that all it leaves behind is as with an override.
    choice.taken = from_draw(draw(seed_, choice.key));
    if (choice.redrawn) choice.taken = anew;
    return special(choice);
  }

  std::int64_t special(TakenChoice choice) const {
    if ((dull_ & only(choice.kind)) != 0) choice.taken = choice.dull;
    if (const std::int64_t* const value = overrides_.find(choice.key)) choice.taken = *value;
    if (observer_) observer_(choice);
    return choice.taken;
  }

  std::uint64_t seed_;
  bool special_;
  ChoiceKinds dull_;
  OverrideTable overrides_;
  OverrideTable redraws_;  // by key: the bits of another seed
  std::function<void(const TakenChoice&)> observer_;
};

}  // namespace norn::sim
