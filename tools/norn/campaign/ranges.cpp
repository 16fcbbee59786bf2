#include "campaign/ranges.hpp"

#include <algorithm>
#include <iterator>

namespace norn::command {

void Ranges::add(Range range) {
  if (range.begin >= range.end) return;
  auto at = ends_.upper_bound(range.begin);
  if (at != ends_.begin() && std::prev(at)->second >= range.begin) --at;
  while (at != ends_.end() && at->first <= range.end) {
    range.begin = std::min(range.begin, at->first);
    range.end = std::max(range.end, at->second);
    at = ends_.erase(at);
  }
  ends_.emplace(range.begin, range.end);
}

std::uint64_t Ranges::overlap(Range range) const {
  std::uint64_t free = 0;
  for (const Range& gap : missing(range)) free += gap.size();
  return range.size() - free;
}

std::vector<Range> Ranges::missing(Range range) const {
  std::vector<Range> gaps;
  auto at = ends_.upper_bound(range.begin);
  if (at != ends_.begin() && std::prev(at)->second > range.begin) --at;
  for (; at != ends_.end() && at->first < range.end; ++at) {
    if (at->first > range.begin) gaps.push_back({range.begin, at->first});
    range.begin = std::max(range.begin, at->second);
  }
  if (range.begin < range.end) gaps.push_back(range);
  return gaps;
}

std::uint64_t Ranges::size() const {
  std::uint64_t sum = 0;
  for (const auto& [begin, end] : ends_) sum += end - begin;
  return sum;
}

}  // namespace norn::command
