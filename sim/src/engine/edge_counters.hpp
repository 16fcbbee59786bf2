// EdgeCounters: which code a run passes, where the compiler was asked to tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace norn::sim {

// Node code that was compiled with -fsanitize-coverage=trace-pc (gcc, clang) or trace-pc-guard
// (clang) calls a function at each edge of its control flow; edge_counters.cpp has these functions.
// They are weak, so that those of a fuzzer take their place. With trace-pc only code of the program
// itself counts, not that of shared libraries, whose addresses differ from process to process.
// Edges share 65,536 counters, as in AFL.
class EdgeCounters {
 public:
  EdgeCounters() = default;
  EdgeCounters(const EdgeCounters&) = delete;
  EdgeCounters& operator=(const EdgeCounters&) = delete;

  // attach() lets these, or with null none, count what this thread passes; returns those that did.
  static EdgeCounters* attach(EdgeCounters* counters);

  void pass(std::uint16_t edge) {
    if (times_.empty()) [[unlikely]]
      times_.resize(std::size_t{1} << 16U);
    std::uint8_t& times = times_[edge];
    if (times == 0) passed_.push_back({edge, now_ns_ == nullptr ? 0 : *now_ns_});
    if (times != 255) ++times;
  }
  void use_clock(const std::int64_t* now_ns) { now_ns_ = now_ns; }

  struct Passed {
    std::uint16_t edge = 0;
    std::int64_t first_ns = 0;
  };
  const std::vector<Passed>& passed() const { return passed_; }
  std::uint8_t times(std::uint16_t edge) const { return times_[edge]; }  // 255: or more

 private:
  const std::int64_t* now_ns_ = nullptr;
  std::vector<std::uint8_t> times_;  // by edge
  std::vector<Passed> passed_;
};

}  // namespace norn::sim
