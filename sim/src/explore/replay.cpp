#include "norn/sim/replay.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/sim/fault_plan.hpp"
#include "norn/sim/scenario.hpp"

#include "explore/failure_story.hpp"
#include "explore/find_scenario.hpp"
#include "explore/ordered_seeds.hpp"
#include "explore/recording.hpp"
#include "explore/text.hpp"
#include "explore/trace_difference.hpp"

namespace norn {

namespace {

// Whether the trace is to hold more than the run that is compared.
bool traces_more(const ReplayOptions& options) {
  return options.trace_choices || options.trace_fibers;
}

// Runs the case `jobs` times at once; the first run is recorded.
Result<std::vector<RunSummary>> run_copies(const Scenario& scenario, const SimOptions& run,
                                           const ReplayOptions& options) {
  std::vector<RunSummary> runs;
  Result<void> recorded;
  explore::OrderedSeeds<RunSummary> copies(
      {0, options.jobs - 1},
      [&](std::uint64_t copy) {
        if (copy != 0) return run_seed(scenario, run);
        if (options.trace_path.empty() || traces_more(options))
          return explore::record_in_memory(scenario, run);
        Result<RunSummary> done =
            explore::record_to_file(scenario, run, options.trace_path, options.overwrite);
        if (done) return *std::move(done);
        recorded = done.error();
        return RunSummary{};
      },
      [&](RunSummary& one) {
        runs.push_back(std::move(one));
        return true;
      },
      nullptr);
  copies.go(options.jobs);
  if (!recorded) return recorded.error();
  if (options.trace_path.empty() || !traces_more(options)) return runs;
  SimOptions with_more = run;
  with_more.record_choices = options.trace_choices;
  with_more.record_parks = options.trace_fibers;
  // Numbers of events are others where choices and blockings are events.
  with_more.until_event = with_more.break_at = 0;
  const Result<RunSummary> traced =
      explore::record_to_file(scenario, with_more, options.trace_path, options.overwrite);
  if (!traced) return traced.error();
  return runs;
}

std::string log_text(const trace::Reader& reader, Log least) {
  constexpr std::string_view kLevels[] = {"debug  ", "info   ", "warning", "error  "};
  std::string text;
  const Result<void> read = reader.for_each([&](const trace::Event& event) {
    if (event.kind != trace::EventKind::log || event.node == 0 ||
        event.a < static_cast<std::uint64_t>(least))
      return true;
    const auto level = std::min<std::size_t>(event.a, std::size(kLevels) - 1);
    text += "#" + std::to_string(event.seq) + "  " + format_duration(Duration(event.time_ns)) +
            "  " + reader.node_name(event.node) + "  " + std::string(kLevels[level]) + "  ";
    text.append(reinterpret_cast<const char*>(event.payload.data()), event.payload.size());
    text += "\n";
    return true;
  });
  return read ? text : read.error().message + "\n";
}

Result<trace::Reader> open_recording(const RunSummary& run, const ReplayOptions& options) {
  if (!options.trace_path.empty() && !traces_more(options))
    return trace::Reader::open(options.trace_path);
  return explore::reader_of(run, "the replay");
}

// Finds the first event that is not as it was, if the trace of the original run is still there.
void compare(const Case& failing, const ReplayOptions& options, const trace::Reader& now,
             Replay& replay) {
  if (failing.trace_file.empty()) {
    replay.no_difference_because = "the case names no trace";
    return;
  }
  const std::filesystem::path path = std::filesystem::path(options.case_dir) / failing.trace_file;
  const Result<trace::Reader> before = trace::Reader::open(path.string());
  if (!before) {
    replay.no_difference_because = before.error().message;
    return;
  }
  if (before->hash() != failing.trace_hash) {
    replay.no_difference_because = path.string() + " is not the trace of this case: its hash is " +
                                   explore::hash_text(before->hash());
    return;
  }
  auto difference = explore::first_difference(*before, now);
  if (difference) {
    replay.difference = *std::move(difference);
  } else {
    replay.no_difference_because = difference.error().message;
  }
}

}  // namespace

Result<Replay> replay_case(const Case& failing, const ReplayOptions& options) {
  NORN_ASSERT(options.jobs >= 1, "jobs is the number of runs at once: at least 1");
  const Result<const Scenario*> scenario = explore::scenario_of(failing);
  if (!scenario) return scenario.error();
  SimOptions run = failing.options;
  run.replay = options.command;
  run.until_event = options.until_event;
  run.break_at = options.break_at;
  Result<std::vector<RunSummary>> runs = run_copies(**scenario, run, options);
  if (!runs) return runs.error();
  Replay replay;
  replay.copies_differ = std::any_of(runs->begin(), runs->end(), [&](const RunSummary& one) {
    return one.trace_hash != runs->front().trace_hash;
  });
  replay.run = std::move(runs->front());
  replay.cut_short = options.until_event != 0 && options.until_event <= failing.events;
  replay.same_build = failing.build == build_id();
  replay.same_hash = replay.run.trace_hash == failing.trace_hash;
  const Fingerprint now_is =
      replay.run.violation ? fingerprint(*replay.run.violation) : Fingerprint{};
  replay.same_failure = now_is == failing.same_as;
  const Result<trace::Reader> now = open_recording(replay.run, options);
  if (!now) {
    replay.no_difference_because = now.error().message;
    return replay;
  }
  if (options.log) replay.log = log_text(*now, *options.log);
  if (replay.run.violation) replay.story = explore::failure_story(*now, *replay.run.violation);
  if (!replay.same_hash && !replay.cut_short) compare(failing, options, *now, replay);
  return replay;
}

Result<std::uint64_t> event_at(const Case& failing, Duration at) {
  const Result<const Scenario*> scenario = explore::scenario_of(failing);
  if (!scenario) return scenario.error();
  const RunSummary run = explore::record_in_memory(**scenario, failing.options);
  const Result<trace::Reader> reader = explore::reader_of(run, "the case");
  if (!reader) return reader.error();
  std::uint64_t found = 0;
  const Result<void> read = reader->for_each([&](const trace::Event& event) {
    if (event.time_ns >= at.count()) found = event.seq;
    return found == 0;
  });
  if (!read) return read.error();
  if (found == 0)
    return Error{Errc::not_found, "nothing happens at " + format_duration(at) +
                                      " or later: the case ends at " +
                                      format_duration(run.simulated)};
  return found;
}

}  // namespace norn
