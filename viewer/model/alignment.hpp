// Which items of two sequences belong together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace norn::viewer {

// align() gives pairs of positions of equal items, both rising: a common subsequence, long but not
// always the longest.
//
// Equal ends are matched first, then what occurs once in both sequences (patience sorting finds the
// longest rising sequence of these, as in Bram Cohen's patience diff; Szymanski: A special case of
// the maximal common subsequence problem, 1975), then what lies between such pairs in the same way.
// Stretches without unique items are compared by Myers' greedy algorithm (An O(ND) difference
// algorithm and its variations, 1986). After kMostEdits edits the way that came farthest stands,
// and behind it the algorithm begins anew, so the cost is O(n log n + n · kMostEdits) at most.
inline constexpr std::size_t kMostEdits = 600;

using Matches = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
Matches align(std::span<const std::uint32_t> one, std::span<const std::uint32_t> other);

}  // namespace norn::viewer
