// Everything that a crash may leave of a program's files, to try its recovery on.
//
//   const auto count = for_each_crash_state(
//       [](CrashHistory& history) {  // node code
//         Store store;
//         for (int i = 1; i <= 20; ++i) {
//           store.put("key", i);
//           history.note(std::to_string(i));  // this much is promised from now on
//         }
//       },
//       [](const CrashState& state) {
//         const RunSummary run = state.run([] { Store store; ... });  // recovers
//         ...
//         return true;  // go on
//       });
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/result.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn {

namespace sim {
class CrashWatch;
}

// What the workload says of itself.
class CrashHistory {
 public:
  explicit CrashHistory(sim::CrashWatch& watch) : watch_(watch) {}
  // note() is remembered with every crash from now on until the next note, for the check: what the
  // program has promised.
  void note(std::string text);

 private:
  sim::CrashWatch& watch_;
};

// What one crash left.
struct CrashState {
  std::map<std::string, Bytes> files{};  // by path
  std::string note{};                    // the workload's last; empty before the first
  std::uint64_t change = 0;  // how many calls had changed the disk when this state came up first

  // run() runs `recovery` as the main function of the only node of a fresh simulation whose disk
  // holds these files, for at most ten virtual minutes.
  RunSummary run(const std::function<void()>& recovery, std::uint64_t seed = 1) const;
};

struct CrashStateOptions {
  std::uint32_t grain = 512;            // bytes that are written whole: a sector, or a page of 4096
  std::uint64_t most_sets = 1'000'000;  // sets of surviving changes that are tried in all
  std::uint64_t seed = 1;               // of the workload's run
  std::map<std::string, Bytes> files{};  // what the disk holds at the beginning
};

struct CrashStateCount {
  std::uint64_t changes = 0;  // calls that changed the disk
  std::uint64_t sets = 0;     // sets of surviving changes, over all moments
  std::uint64_t states = 0;   // that differ in files or note: as often `f` was called
  bool whole = true;          // false: `f` did not want to go on
};

// for_each_crash_state() runs `workload` in the only node of a calm simulation, and calls f, on the
// host, for every state that a crash after any of its calls may leave: each set of changes that
// were not synced, if it has what these need (sim/src/disk/crash_graph.hpp says what that is; a
// write is torn at `grain`, and sizes, bytes and names reach the disk in any order). States are
// told apart by their files and the note; each comes once, in the order of the moments. f returns
// whether to go on.
//
// The number of sets doubles with each sector, size or name that may be lost on its own, so this is
// for short histories of small files that are synced now and then: errors are too_large (more than
// most_sets), invalid (the workload failed; the message says how).
Result<CrashStateCount> for_each_crash_state(const std::function<void(CrashHistory&)>& workload,
                                             const std::function<bool(const CrashState&)>& f,
                                             const CrashStateOptions& options = {});

}  // namespace norn
