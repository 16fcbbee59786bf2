#include "norn/runtime/barrier.hpp"

namespace norn {

bool Barrier::arrive_and_wait() {
  if (++arrived_ == parties_) {
    arrived_ = 0;
    waiting_.notify_all();
    return true;
  }
  struct Leave {
    std::size_t& arrived;
    bool opened = false;
    ~Leave() {
      if (!opened) --arrived;
    }
  } leave{arrived_};
  leave.opened = waiting_.wait(host::BlockReason::barrier);
  return false;
}

}  // namespace norn
