#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/replay.hpp"

#include "explore/report_text.hpp"
#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/output.hpp"
#include "program/terminal.hpp"

namespace norn::program {

namespace {

using explore::hash_text;

int exit_code_of(const Replay& replay) {
  if (replay.cut_short && !replay.copies_differ) return kExitIncomplete;
  if (replay.copies_differ || (replay.same_build && !replay.same_hash)) return kExitNondeterminism;
  if (replay.run.violation) return kExitViolation;
  return replay.run.verdict == Verdict::incomplete ? kExitIncomplete : kExitPassed;
}

// One line that says how the replay relates to the case.
std::string relation(const Case& failing, const Replay& replay) {
  if (replay.copies_differ)
    return "NOT DETERMINISTIC: the copies that ran at once recorded different events";
  if (replay.cut_short)
    return "ended after event #" + std::to_string(replay.run.events) + ", as it was told to";
  if (replay.same_hash) {
    const std::string what = replay.run.violation ? "same violation" : "it passes, as it did";
    return "replayed: " + what + ", same hash " + hash_text(failing.trace_hash) + " (" +
           explore::counted(replay.run.events, "event") + ")";
  }
  const std::string hashes = "hash " + hash_text(replay.run.trace_hash) + ", the case has " +
                             hash_text(failing.trace_hash);
  if (replay.same_build)
    return "NOT DETERMINISTIC: the same build ran the case differently: " + hashes;
  if (replay.same_failure) return "still fails: same violation, but not the same run: " + hashes;
  if (replay.run.violation) return "fails in another way: " + hashes;
  if (replay.run.verdict == Verdict::incomplete)
    return "incomplete: " + replay.run.incomplete_reason + "; " + hashes;
  return "no longer fails: " + hashes;
}

std::string difference_text(const Replay& replay) {
  if (replay.same_hash || replay.cut_short) return {};
  if (!replay.difference)
    return "  first difference: not known (" + replay.no_difference_because + ")\n";
  const FirstDifference& difference = *replay.difference;
  return "  diverged at event #" + std::to_string(difference.event) + " at " +
         format_duration(difference.at.time_since_epoch()) + " on " +
         (difference.node.empty() ? "the simulation itself" : difference.node) +
         "\n    the case: " + difference.first + "\n    now:      " + difference.second + "\n";
}

void print(const Settings& settings, const Invocation& invocation, const Case& failing,
           const Replay& replay) {
  const Terminal terminal(stdout);
  std::string text;
  if (!replay.same_build) {
    text += "note: a case of another build (" + failing.build + "; this is " + build_id() + ")\n";
  }
  text += replay.log;
  if (replay.run.violation) {
    text += terminal.paint("FAILED", Colour::red) + " " + explore::violation_line(replay.run) +
            "\n" + replay.story;
  }
  text += relation(failing, replay);
  if (settings.run.jobs > 1) text += ", " + std::to_string(settings.run.jobs) + " times at once";
  text += "\n" + difference_text(replay);
  if (!settings.trace_path.empty())
    text += "  view:   " + view_line(invocation, settings.trace_path) + "\n";
  std::fputs(text.c_str(), stdout);
}

// event_of() is 0 for no moment.
Result<std::uint64_t> event_of(const Case& failing, const Moment& moment) {
  if (moment.at) return event_at(failing, *moment.at);
  if (moment.event <= failing.events) return moment.event;
  return Error{Errc::invalid, "event " + std::to_string(moment.event) +
                                  " does not come: the case has " +
                                  explore::counted(failing.events, "event")};
}

}  // namespace

int run_replay(const Settings& settings, const Invocation& invocation) {
  const Result<Case> failing = load_case(settings.case_path);
  if (!failing) return complain(invocation, "--replay " + failing.error().message);
  ReplayOptions options;
  options.trace_path = settings.trace_path;
  options.overwrite = settings.run.overwrite;
  options.jobs = settings.run.jobs;
  options.command = invocation.program + " --replay " + explore::shell_word(settings.case_path);
  options.log = settings.log;
  options.trace_choices = settings.trace_choices;
  options.trace_fibers = settings.trace_fibers;
  options.case_dir = std::filesystem::path(settings.case_path).parent_path().string();
  for (const auto& [moment, event] : {std::pair{&settings.until, &options.until_event},
                                      std::pair{&settings.break_at, &options.break_at}}) {
    const Result<std::uint64_t> found = event_of(*failing, *moment);
    if (!found) return complain(invocation, found.error().message);
    *event = *found;
  }
  note_seed(failing->options.seed);
  const Result<Replay> replay = replay_case(*failing, options);
  if (!replay) {
    const bool of_trace =
        replay.error().message.rfind(settings.trace_path, 0) == 0 && !settings.trace_path.empty();
    return complain(invocation,
                    (of_trace ? "--trace " : settings.case_path + ": ") + replay.error().message);
  }
  const int exit_code = exit_code_of(*replay);
  if (settings.json) {
    std::fputs(replay_json(settings, *failing, *replay, exit_code).c_str(), stdout);
  } else {
    print(settings, invocation, *failing, *replay);
  }
  return exit_code;
}

}  // namespace norn::program
