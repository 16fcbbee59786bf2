// The options of a scenario program, as words.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

namespace norn::program {

inline constexpr const char* kDefaultOut = "norn-out";

// The words of the command line as they stand.
struct Words {
  std::string scenario, seed, seeds, jobs, time, faults, variant, strategy, trace,
      out = kDefaultOut, replay, shrink, branch, at, futures, points, until, break_at, replays,
      exhaustive, early_timers, crashes, most_runs, log, against, max_failures, stall;
  std::vector<std::string> knobs;
  bool beyond_promise = false, outside_calls = false, buggify = false;
  bool require_seen = false, no_shrink = false, in_order = false, fibers_in_order = false,
       trace_choices = false, trace_fibers = false;
  bool keep_going = false, overwrite = false, profile = false, check = false, hashes = false,
       json = false, list = false;
  bool help = false, version = false;
};

// add_options() tells `app` the options, and where their words go.
void add_options(CLI::App& app, Words& words);

}  // namespace norn::program
