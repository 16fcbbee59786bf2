// Sets of indexes that are kept as ranges: a million seeds that are done are one range.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace norn::command {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // not included
  std::uint64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

// Ranges is a set of numbers. Neighbours are joined.
class Ranges {
 public:
  void add(Range range);
  // overlap() is how many numbers of `range` are in the set.
  std::uint64_t overlap(Range range) const;
  // missing() are the parts of `range` that are not in the set, ascending.
  std::vector<Range> missing(Range range) const;
  std::uint64_t size() const;

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  // of the ranges, by where they begin
};

}  // namespace norn::command
