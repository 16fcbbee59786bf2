// shrink_case(): the same failure with less of everything.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/sim/case_file.hpp"

namespace norn {

// What a case consists of, for "from ... to ...".
struct CaseSize {
  std::uint64_t faults = 0;      // of the plan, and those of the scenario's code
  std::uint64_t operations = 0;  // of clients that ask operation_wanted(), until the violation
  std::uint64_t overrides = 0;   // choices of the world that are not the dullest
  std::uint64_t nodes = 0;       // that take part
  std::uint64_t events = 0;      // in the trace
  std::uint64_t messages = 0;    // sent
  Duration until{};              // virtual time of the violation
};

struct ShrinkProgress {
  std::string step{};  // what is being tried: "faults", "nodes"
  std::uint64_t replays = 0;
  CaseSize size{};
};

struct ShrinkOptions {
  std::uint64_t replays = 600;  // the most runs, the last recording apart
  unsigned jobs = 1;            // threads; the result is the same
  std::function<void(const ShrinkProgress&)> on_progress{};  // after each success
  const std::atomic<bool>* interrupted = nullptr;            // set: it ends early
};

struct Shrunk {
  Case smallest{};  // replays strictly
  CaseSize from{};
  CaseSize to{};
  // What is not as usual in the shrunk case besides its faults, one choice a line: "n1 at 12ms:
  // disk_delay 170ms, usually 600us".
  std::vector<std::string> unusual{};
  // Which operations clients still make, one client a line: "c1: 3, 7..9"; none where no client
  // asks operation_wanted().
  std::vector<std::string> operations{};
  std::uint64_t replays = 0;
  // Without any one of its faults the case does not fail in this way: each was tried. And without
  // any one override; without any one operation.
  bool faults_minimal = false;
  bool one_minimal = false;
  bool operations_minimal = false;
  std::string unfinished{};  // why not: the budget was spent, an interruption
  // The run that differs by one step and passes; of several, the one that parts latest from the
  // failing run. Without a violation.
  std::optional<Case> nearest_pass{};
  std::string nearest_step{};  // what it lacks: "without crash of n2 at 1.2s"
  std::uint64_t parts_at = 0;  // number of the first event that differs; 0: not known
};

// Where it was written, and what a report says of it.
struct KeptShrunk {
  Shrunk shrunk{};
  std::string case_path{};
  std::string trace_path{};
  std::string near_trace_path{};  // of the nearest run that passes
  std::string explanation{};      // the shrunk run in words, several lines
  std::string replay{};           // the line that runs it again
  std::string problem{};          // why something is not there
};

// shrink_case() looks for a smaller case with the same fingerprint: it leaves out faults, by kind,
// in halves and one by one (after Zeller and Hildebrandt, Simplifying and isolating
// failure-inducing input, 2002), operations of clients, nodes, and what the choices of the world
// add to the usual; what is left it makes earlier, shorter and rounder. Where a step does not fail
// any more, it also tries other draws of node code. That each single fault is needed is shown
// before finer work and again after it; where it ends early, the result is the last case of which
// that was shown. Errors: those of replay_case(), and invalid when the case does not fail in the
// way it says.
Result<Shrunk> shrink_case(const Case& failing, const ShrinkOptions& options);

}  // namespace norn
