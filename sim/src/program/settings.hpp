// What the command line asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/log.hpp"
#include "norn/sim/branch.hpp"
#include "norn/sim/exhaustive.hpp"
#include "norn/sim/run_seeds.hpp"

namespace norn::program {

enum class Command {
  campaign,           // run seeds
  replay,             // run a case
  shrink,             // make a case smaller
  branch,             // run other futures of a case
  exhaustive,         // run every order
  check_determinism,  // run seeds several times and compare
  hashes,             // run seeds and print the hash of each
  list,               // say which scenarios there are
  worker,             // run what a campaign of several processes asks for
};

// A moment of a run: an event, or the first one at or after a time. Neither: no moment.
struct Moment {
  std::uint64_t event = 0;
  std::optional<Duration> at{};
};

struct Settings {
  Command command = Command::campaign;
  const Scenario* scenario = nullptr;  // of campaign, check_determinism and hashes
  RunOptions run;
  std::string faults_from;  // what --faults named: a level, or a file whose plan is in `run`
  std::string case_path;    // of replay and shrink
  std::string trace_path;
  std::string against;         // of check_determinism: the program that is asked for its hashes
  Moment until{};              // of replay
  Moment break_at{};           // of replay
  std::optional<Log> log{};    // of replay
  bool trace_choices = false;  // of replay
  bool trace_fibers = false;   // of replay
  BranchOptions branch{};
  ExploreOptions explore{};
  int worker_page = -1;  // of worker: the file that it shares with the campaign
  bool json = false;
};

// How this program was called, so that what it prints can be copied to the same shell.
struct Invocation {
  std::string program;  // quoted where a shell needs it
  std::string viewer;
  std::string name;  // the last part of the path, before messages
};
Invocation invocation_of(const char* argv0);

}  // namespace norn::program
