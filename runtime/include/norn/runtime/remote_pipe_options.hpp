// What a stream between nodes can be told, and how it fails.
#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "norn/runtime/time.hpp"

namespace norn {

// The other end of a stream between nodes was silent for too long, began anew, or lost its memory:
// what came before is right and in order, the rest is not known.
struct PipeBroken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct RemotePipeOptions {
  // Values that the receiver lets the sender have under way or waiting. A sender also holds so
  // many.
  std::size_t credit = 64;
  Duration resend_after = std::chrono::milliseconds(50);  // the first time; doubles up to
  Duration resend_at_most = std::chrono::seconds(1);
  // Either side gives up when the other was silent for so long. Both say something in a quarter of
  // it even when there is nothing to say.
  Duration give_up_after = std::chrono::seconds(10);
};

}  // namespace norn
