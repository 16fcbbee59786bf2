// after(): the time-out clause of select() and of an actor's receive().
#pragma once

#include <utility>

#include "norn/runtime/time.hpp"

namespace norn {

template <class F>
struct After {
  Duration duration;
  F action;
};

// after(d, f) calls f when nothing else happened within `d` of virtual time.
template <class F>
After<F> after(Duration duration, F action) {
  return {duration, std::move(action)};
}

}  // namespace norn
