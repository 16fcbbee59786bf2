// What tests of disk faults share: a node that does something with its files while a fault lasts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "norn/runtime/file.hpp"
#include "norn/runtime/task_group.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

namespace norn::disk_tests {

using namespace std::chrono_literals;

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string text_of(const Bytes& content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

// The content of a file, or "-" when there is none, or the error in brackets.
inline std::string content(std::string_view path) {
  const Result<Bytes> read = read_file(path);
  if (read.ok()) return text_of(*read);
  return read.error().code == Errc::not_found ? "-" : "(" + read.error().message + ")";
}

// Makes a file whose content and name are durable.
inline void make_durable(std::string_view path, std::string_view text) {
  Result<File> file = File::open(path, {.truncate = true});
  REQUIRE(file.ok());
  REQUIRE(file->write_at(0, bytes(text)).ok());
  REQUIRE(file->sync().ok());
  REQUIRE(sync_directory().ok());
}

inline std::uint64_t bit(const RunSummary& summary, std::string_view kind, std::string_view what) {
  for (const FaultCount& count : summary.faults) {
    if (count.kind != kind) continue;
    const auto found = count.bites.find(what);
    return found == count.bites.end() ? 0 : found->second;
  }
  return 0;
}

// One node: `before` runs, then the fault begins, `during` runs, the fault ends, `after` runs; ten
// virtual seconds each.
struct Story {
  Fault fault;
  std::function<void()> before{};
  std::function<void()> during{};
  std::function<void()> after{};
};

inline RunSummary tell(const Story& story, std::uint64_t seed = 1) {
  Simulation sim(test::options(seed));
  sim.node("n1", [&] {
    if (story.before) story.before();
    sleep_until(TimePoint(10s));
    if (story.during) story.during();
    sleep_until(TimePoint(20s));
    if (story.after) story.after();
  });
  sim.run_for(9s);
  Fault fault = story.fault;
  if (fault.side_a.empty()) fault.side_a = {"n1"};
  const std::uint32_t number = sim.begin_fault(fault);
  sim.run_for(10s);
  sim.end_fault(number);
  sim.run_for(11s);
  RunSummary summary = sim.summary();
  if (summary.violation) FAIL(summary.violation->detail);
  return summary;
}

// A seed tells the story the same way twice.
inline void check_repeats(const Story& story) {
  CHECK(tell(story, 7).trace_hash == tell(story, 7).trace_hash);
}

}  // namespace norn::disk_tests
