// What this process has used of the machine.
#pragma once

namespace norn::bench {

// process_cpu_ns() is the processor time of all threads of the process, in user and kernel mode.
double process_cpu_ns();
// resident_bytes() is the memory that is backed now, peak_bytes() the most there ever was.
double resident_bytes();
double peak_bytes();

}  // namespace norn::bench
