// WaitGroup: wait until a number of things are done.
#pragma once

#include <cstdint>

#include "norn/runtime/host/wait_list.hpp"

namespace norn {

// As Go's sync.WaitGroup. For fibers that are to end together TaskGroup is safer.
class WaitGroup {
 public:
  // add() counts `things` more to be done.
  void add(std::uint64_t things = 1) { left_ += things; }
  // done() says that one is done. More often than add() asked for is misuse and asserts.
  void done();
  // wait() blocks until nothing is left to be done. The group can then be used again.
  void wait();
  std::uint64_t left() const { return left_; }

 private:
  std::uint64_t left_ = 0;
  host::WaitList waiting_;
};

}  // namespace norn
