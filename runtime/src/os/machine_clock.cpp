#include "os/machine_clock.hpp"

#include <dlfcn.h>

#include <chrono>

namespace norn::real {

// A program that also simulates may link norn::intercept, which answers the standard library's
// clocks with the node's: with what this function is asked for. So it asks the C library itself.
Duration read_clock(clockid_t clock) {
  using Function = int(clockid_t, timespec*);
  static auto* const kMachine = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, "clock_gettime"));
  timespec time{};
  if (kMachine != nullptr) {
    kMachine(clock, &time);
  } else {
    ::clock_gettime(clock, &time);  // a static program: nothing comes before the C library
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace norn::real
