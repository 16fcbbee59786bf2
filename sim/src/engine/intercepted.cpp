#include "norn/sim/intercept.hpp"

// Defined by norn::intercept.
extern "C" int norn_intercepts() __attribute__((weak));

namespace norn {

bool intercepts_standard_calls() {
  return norn_intercepts != nullptr;
}

}  // namespace norn
