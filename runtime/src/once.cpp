#include "norn/runtime/once.hpp"

namespace norn {

bool Once::begin() {
  while (state_ == State::running) {
    if (!waiting_.wait(host::BlockReason::once)) return false;  // its node is dead
  }
  if (state_ == State::done) return false;
  state_ = State::running;
  return true;
}

void Once::end(bool done) {
  state_ = done ? State::done : State::open;
  waiting_.notify_all();
}

}  // namespace norn
