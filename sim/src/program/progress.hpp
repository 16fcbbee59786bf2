// The progress line of a campaign, on a terminal only.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "norn/sim/run_seeds.hpp"

#include "program/terminal.hpp"

namespace norn::program {

// Progress keeps one line on standard error up to date from a thread of its own: seeds done, rate,
// simulated time per second, failures. Where standard error is no terminal it does nothing.
class Progress {
 public:
  Progress(SeedRange seeds, bool enabled);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void add(const RunSummary& run);
  // show() says how far a shrinking is, until the next add().
  void show(const ShrinkProgress& shrinking);
  // print() writes a text to standard output without mixing it up with the line.
  void print(const std::string& text);
  // hide() takes the line away for good.
  void hide();
  double seconds() const;

 private:
  void draw_for_ever();
  void draw();
  std::string line() const;

  const std::uint64_t asked_;  // 0: the whole range of 64 bits
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Terminal terminal_{stderr};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::int64_t> simulated_ns_{0};
  std::mutex mutex_;
  std::string shrinking_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace norn::program
