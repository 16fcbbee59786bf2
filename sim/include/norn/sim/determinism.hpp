// Determinism, proven: the same seed run again must record the same events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/time.hpp"
#include "norn/sim/run_seeds.hpp"

namespace norn {

// The first event in which two recordings of one seed differ.
struct FirstDifference {
  std::uint64_t event = 0;  // its sequence number
  TimePoint at{};           // virtual time, in the first recording
  std::string node{};       // where, in the first recording; empty: the simulation itself
  std::string
      first;  // what was recorded, as one line; "(the recording ends)" when there is nothing more
  std::string second{};
};

struct SeedHash {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
};

struct DeterminismReport {
  std::string scenario{};
  std::vector<SeedHash>
      seeds;  // that ran alike each time, in order; all below the seed that did not
  std::optional<std::uint64_t> differing{};  // the lowest seed that ran differently
  std::optional<FirstDifference> difference{};
  std::string first_run{};   // which two runs are compared: "the first run"
  std::string second_run{};  // "the second run in this process"
  bool interrupted = false;

  bool passed() const { return !differing && !interrupted; }
  // summary() is one line when all is well; else it names the seed and the event.
  std::string summary() const;
};

// check_determinism() runs every seed of options.seeds twice in this process and compares the
// recordings. What it cannot see is a decision that is taken alike in one process (from an address,
// say): for that the scenario program's
// --check-determinism asks another process too.
DeterminismReport check_determinism(const Scenario& scenario, const RunOptions& options);
DeterminismReport check_determinism(std::string_view scenario, const RunOptions& options);

}  // namespace norn
