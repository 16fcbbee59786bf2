// TimerHeap: what is to happen at which time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace norn::real {

// A timer whose slot has got another generation since is void: it stays in the heap until its time
// comes, or until the heap is swept.
struct TimerEntry {
  std::int64_t when_ns = 0;
  std::uint64_t order = 0;  // of its setting: those of one instant come in that order
  std::uint32_t slot = 0;   // of an alarm, or of a fiber's stack
  std::uint32_t generation = 0;
  bool is_alarm = false;
};

class TimerHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const TimerEntry& top() const { return heap_.front(); }
  void push(TimerEntry entry) {
    entry.order = next_order_++;
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }
  TimerEntry pop() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const TimerEntry entry = heap_.back();
    heap_.pop_back();
    return entry;
  }
  template <class IsVoid>
  void sweep(IsVoid is_void) {
    std::erase_if(heap_, is_void);
    std::make_heap(heap_.begin(), heap_.end(), Later{});
  }

 private:
  struct Later {
    bool operator()(const TimerEntry& a, const TimerEntry& b) const {
      return a.when_ns != b.when_ns ? a.when_ns > b.when_ns : a.order > b.order;
    }
  };
  std::vector<TimerEntry> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace norn::real
