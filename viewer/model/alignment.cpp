#include "model/alignment.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace norn::viewer {
namespace {

constexpr int kMostDepth = 64;

struct Stretch {
  std::size_t a_begin = 0;
  std::size_t a_end = 0;
  std::size_t b_begin = 0;
  std::size_t b_end = 0;
  int depth = 0;

  bool empty() const { return a_begin == a_end || b_begin == b_end; }
};

class Aligner {
 public:
  Aligner(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) : a_(a), b_(b) {}

  Matches run() {
    open_.push_back({.a_begin = 0, .a_end = a_.size(), .b_begin = 0, .b_end = b_.size()});
    while (!open_.empty()) {
      Stretch stretch = open_.back();
      open_.pop_back();
      trim(stretch);
      if (stretch.empty()) continue;
      if (stretch.depth < kMostDepth && split_at_unique(stretch)) continue;
      myers(stretch);
    }
    std::sort(out_.begin(), out_.end());
    return std::move(out_);
  }

 private:
  void match(std::size_t i, std::size_t j) {
    out_.emplace_back(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j));
  }

  void trim(Stretch& s) {
    while (!s.empty() && a_[s.a_begin] == b_[s.b_begin]) match(s.a_begin++, s.b_begin++);
    while (!s.empty() && a_[s.a_end - 1] == b_[s.b_end - 1]) match(--s.a_end, --s.b_end);
  }

  // Pairs of items that occur once on each side, in the order of the first.
  Matches unique_pairs(const Stretch& s) const {
    struct Seen {
      std::uint32_t count_a = 0;
      std::uint32_t count_b = 0;
      std::uint32_t at_b = 0;
    };
    std::unordered_map<std::uint32_t, Seen> seen;
    seen.reserve(s.a_end - s.a_begin);
    for (std::size_t i = s.a_begin; i < s.a_end; ++i) ++seen[a_[i]].count_a;
    for (std::size_t j = s.b_begin; j < s.b_end; ++j) {
      const auto found = seen.find(b_[j]);
      if (found == seen.end()) continue;
      ++found->second.count_b;
      found->second.at_b = static_cast<std::uint32_t>(j);
    }
    Matches pairs;
    for (std::size_t i = s.a_begin; i < s.a_end; ++i) {
      const Seen& item = seen[a_[i]];
      if (item.count_a == 1 && item.count_b == 1)
        pairs.emplace_back(static_cast<std::uint32_t>(i), item.at_b);
    }
    return pairs;
  }

  // The longest sequence of pairs that rises on both sides, by patience sorting.
  static Matches rising(const Matches& pairs) {
    std::vector<std::size_t> tops;
    std::vector<std::size_t> before(pairs.size(), pairs.size());
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const auto pile = std::lower_bound(
          tops.begin(), tops.end(), p,
          [&](std::size_t top, std::size_t at) { return pairs[top].second < pairs[at].second; });
      if (pile != tops.begin()) before[p] = *(pile - 1);
      if (pile == tops.end()) {
        tops.push_back(p);
      } else {
        *pile = p;
      }
    }
    Matches out;
    for (std::size_t p = tops.empty() ? pairs.size() : tops.back(); p < pairs.size();
         p = before[p]) {
      out.push_back(pairs[p]);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  bool split_at_unique(const Stretch& s) {
    const Matches anchors = rising(unique_pairs(s));
    if (anchors.empty()) return false;
    Stretch between{.a_begin = s.a_begin, .b_begin = s.b_begin, .depth = s.depth + 1};
    for (const auto& [i, j] : anchors) {
      between.a_end = i;
      between.b_end = j;
      if (!between.empty()) open_.push_back(between);
      match(i, j);
      between.a_begin = i + 1;
      between.b_begin = j + 1;
    }
    between.a_end = s.a_end;
    between.b_end = s.b_end;
    if (!between.empty()) open_.push_back(between);
    return true;
  }

  // Forward, keeping the farthest points of each number of edits, then back along them.
  void myers(const Stretch& s) {
    const auto n = static_cast<std::int64_t>(s.a_end - s.a_begin);
    const auto m = static_cast<std::int64_t>(s.b_end - s.b_begin);
    const std::int64_t most = std::min<std::int64_t>(n + m, kMostEdits);
    std::vector<std::vector<std::int32_t>> rounds;
    std::vector<std::int32_t> far(static_cast<std::size_t>(2 * most + 3), 0);
    const auto at = [&](std::vector<std::int32_t>& v, std::int64_t k) -> std::int32_t& {
      return v[static_cast<std::size_t>(k + most + 1)];
    };
    for (std::int64_t d = 0; d <= most; ++d) {
      rounds.push_back(far);
      for (std::int64_t k = -d; k <= d; k += 2) {
        const bool down = k == -d || (k != d && at(far, k - 1) < at(far, k + 1));
        std::int64_t x = down ? at(far, k + 1) : at(far, k - 1) + 1;
        while (x < n && x - k < m && x - k >= 0 &&
               a_[s.a_begin + static_cast<std::size_t>(x)] ==
                   b_[s.b_begin + static_cast<std::size_t>(x - k)]) {
          ++x;
        }
        at(far, k) = static_cast<std::int32_t>(x);
        if (x < n || x - k < m) continue;
        walk_back(s, rounds, n, m, most);
        return;
      }
    }
    // Too many edits: the way that came farthest stands, and behind it all begins anew.
    std::int64_t best_x = 0;
    std::int64_t best_y = 0;
    for (std::int64_t k = -most; k <= most; k += 2) {
      const std::int64_t x = at(far, k);
      const std::int64_t y = x - k;
      if (x > n || y > m || y < 0 || x + y <= best_x + best_y) continue;
      best_x = x;
      best_y = y;
    }
    walk_back(s, rounds, best_x, best_y, most);
    Stretch rest = s;
    rest.a_begin += static_cast<std::size_t>(best_x);
    rest.b_begin += static_cast<std::size_t>(best_y);
    rest.depth = kMostDepth;
    if (!rest.empty() && best_x + best_y > 0) open_.push_back(rest);
  }

  void walk_back(const Stretch& s, std::vector<std::vector<std::int32_t>>& rounds, std::int64_t n,
                 std::int64_t m, std::int64_t most) {
    std::int64_t x = n;
    std::int64_t y = m;
    for (auto d = static_cast<std::int64_t>(rounds.size()) - 1; d >= 0 && (x > 0 || y > 0); --d) {
      const auto& far = rounds[static_cast<std::size_t>(d)];
      const auto at = [&](std::int64_t k) {
        return static_cast<std::int64_t>(far[static_cast<std::size_t>(k + most + 1)]);
      };
      const std::int64_t k = x - y;
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      const std::int64_t from_k = down ? k + 1 : k - 1;
      const std::int64_t from_x = d == 0 ? 0 : at(from_k);
      const std::int64_t from_y = d == 0 ? 0 : from_x - from_k;
      while (x > from_x && y > from_y && x > 0 && y > 0) {
        if (d > 0 && x == from_x + (down ? 0 : 1) && y == from_y + (down ? 1 : 0)) break;
        --x;
        --y;
        match(s.a_begin + static_cast<std::size_t>(x), s.b_begin + static_cast<std::size_t>(y));
      }
      x = from_x;
      y = from_y;
    }
  }

  std::span<const std::uint32_t> a_;
  std::span<const std::uint32_t> b_;
  std::vector<Stretch> open_;
  Matches out_;
};

}  // namespace

Matches align(std::span<const std::uint32_t> one, std::span<const std::uint32_t> other) {
  return Aligner(one, other).run();
}

}  // namespace norn::viewer
