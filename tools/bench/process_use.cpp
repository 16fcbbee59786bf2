#include "process_use.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace norn::bench {

namespace {

double ns(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
}

rusage use() {
  rusage result{};
  getrusage(RUSAGE_SELF, &result);
  return result;
}

}  // namespace

double process_cpu_ns() {
  const rusage now = use();
  return ns(now.ru_utime) + ns(now.ru_stime);
}

double resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long total = 0;
  unsigned long resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return read == 2 ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double peak_bytes() {
  constexpr double kKib = 1024;
  return static_cast<double>(use().ru_maxrss) * kKib;
}

}  // namespace norn::bench
