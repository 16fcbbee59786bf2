// Barrier: a number of fibers wait for each other.
#pragma once

#include <cstddef>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/wait_list.hpp"

namespace norn {

// It opens when the last of `parties` fibers has arrived, and is closed again at once: the same
// fibers can meet there round after round. A fiber that is cancelled while it waits has not
// arrived.
class Barrier {
 public:
  explicit Barrier(std::size_t parties) : parties_(parties) {
    NORN_ASSERT(parties > 0, "a Barrier for nobody never opens");
  }

  // arrive_and_wait() blocks until all have arrived; true for the one that came last.
  bool arrive_and_wait();
  std::size_t waiting() const { return arrived_; }

 private:
  std::size_t parties_;
  std::size_t arrived_ = 0;
  host::WaitList waiting_;
};

}  // namespace norn
