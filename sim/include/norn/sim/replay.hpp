// replay_case(): the same failure again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "norn/runtime/log.hpp"
#include "norn/runtime/result.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/determinism.hpp"

namespace norn {

struct ReplayOptions {
  std::string trace_path{};  // where to record it again; empty: nowhere
  bool overwrite = false;    // of trace_path
  // See SimOptions; a run that ends early is compared with nothing. 0: neither.
  std::uint64_t until_event = 0;
  std::uint64_t break_at = 0;
  // Every keyed choice, every blocking of a fiber go into the trace at trace_path; the run that is
  // compared has none of that.
  bool trace_choices = false;
  bool trace_fibers = false;
  std::optional<Log> log{};  // lines of the nodes' log from this level on go into Replay::log
  unsigned jobs = 1;         // how many times at once; all must agree
  std::string command{};     // for the header of the trace: how this replay was started
  // Where a trace of the original run may be found: the folder of the case file; empty: the current
  // one.
  std::string case_dir{};
};

struct Replay {
  RunSummary run{};
  std::string log{};    // what nodes logged, a line each: when, who, how grave, what
  std::string story{};  // the events that led to the violation, as text of several lines
  bool same_build = true;
  bool same_hash = true;     // nothing differs, down to the last event
  bool same_failure = true;  // the fingerprint is the same
  // The first event that is not as it was; known when the hash differs and the original trace is
  // still there.
  std::optional<FirstDifference> difference{};
  std::string no_difference_because{};  // why it is not known
  bool cut_short = false;               // by ReplayOptions::until_event
  // The copies that ran at once (ReplayOptions::jobs) recorded different events.
  bool copies_differ = false;
};

// replay_case() runs a case. Errors: not_found when this program has no such scenario, invalid (a
// variant that it does not have), and those of the recorder for trace_path. Throws BadInput.
Result<Replay> replay_case(const Case& failing, const ReplayOptions& options);

// event_at() is the number of the first event of a case at or after a moment of virtual time, for
// which it runs the case once. Errors: those of replay_case(), and not_found when nothing comes
// that late.
Result<std::uint64_t> event_at(const Case& failing, Duration at);

}  // namespace norn
