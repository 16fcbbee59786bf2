// Finding a place near another one in a long sorted sequence.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace norn::viewer {

// gallop() is the first element of [first, last) for which `before` is false; it must be true for a
// prefix only. The step doubles until it is passed (Bentley and Yao, "An almost optimal algorithm
// for unbounded searching", 1976): O(log of the distance), and memory near `first` only is touched.
template <class Iterator, class Before>
Iterator gallop(Iterator first, Iterator last, Before before) {
  using Distance = typename std::iterator_traits<Iterator>::difference_type;
  const Distance size = last - first;
  if (size <= 0 || !before(*first)) return first;
  Distance low = 0;
  Distance step = 1;
  while (step < size - low && before(first[low + step])) {
    low += step;
    step = std::min(step * 2, size);
  }
  const Distance high = std::min(low + step, size);
  return std::partition_point(first + low, first + high, before);
}

}  // namespace norn::viewer
