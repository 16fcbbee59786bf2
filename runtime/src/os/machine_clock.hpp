// The clocks of the machine.
#pragma once

#include <ctime>

#include "norn/runtime/time.hpp"

namespace norn::real {

// read_clock() is what a clock of clock_gettime(2) shows.
Duration read_clock(clockid_t clock);

}  // namespace norn::real
