// What can be measured: something that does a batch of operations each time it is asked.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace norn::bench {

class Load {
 public:
  Load() = default;
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  virtual ~Load() = default;

  // run() does a batch and returns how many operations it was.
  virtual std::uint64_t run() = 0;
};

using MakeLoad = std::function<std::unique_ptr<Load>()>;

struct NamedLoad {
  std::string name;
  MakeLoad make;
};

// A line of the table: a limit (may be missing) and what is measured against it.
struct Row {
  std::string name;
  MakeLoad limit;
  std::vector<NamedLoad> loads;
};

// rows() are all loads there are.
std::vector<Row> rows();

// cpu_ns() is the processor time of this thread: other programs on the machine do not count, except
// for what they do to the caches.
inline double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace norn::bench
