#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "norn/sim/case_file.hpp"
#include "norn/sim/scenario.hpp"
#include "norn/sim/shrink.hpp"

#include "explore/report_text.hpp"
#include "explore/shrink/shrunk_files.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/output.hpp"
#include "program/progress.hpp"

namespace norn::program {

namespace {

// The name of the case without its ending, in the folder of --out or else beside the case.
std::string stem_of(const Settings& settings) {
  namespace fs = std::filesystem;
  const fs::path path(settings.case_path);
  std::string name = path.filename().string();
  for (const std::string_view ending : {".json", ".case", ".min"}) {
    if (name.size() > ending.size() && name.ends_with(ending))
      name.resize(name.size() - ending.size());
  }
  const fs::path folder =
      settings.run.out_dir.empty() ? path.parent_path() : fs::path(settings.run.out_dir);
  return (folder / name).string();
}

}  // namespace

int run_shrink(const Settings& settings, const Invocation& invocation) {
  const Result<Case> failing = load_case(settings.case_path);
  if (!failing) return complain(invocation, "--shrink " + failing.error().message);
  const std::string stem = stem_of(settings);
  for (const char* ending : {".min.case.json", ".min.norn", ".near.case.json", ".near.norn"}) {
    if (!settings.run.overwrite && std::filesystem::exists(stem + ending))
      return complain(invocation, stem + ending + ": the file exists; --overwrite replaces it");
  }
  note_seed(failing->options.seed);
  Progress progress({failing->options.seed, failing->options.seed}, !settings.json);
  Result<Shrunk> shrunk =
      shrink_case(*failing, {.replays = settings.run.shrink_replays,
                             .jobs = settings.run.jobs,
                             .on_progress = [&](const ShrinkProgress& now) { progress.show(now); },
                             .interrupted = watch_interrupts()});
  progress.hide();
  if (!shrunk) return complain(invocation, settings.case_path + ": " + shrunk.error().message);
  const Scenario& scenario = *find_scenario(failing->options.scenario);
  const KeptShrunk kept = explore::keep_shrunk(scenario, *std::move(shrunk), stem,
                                               invocation.program, settings.run.overwrite);
  if (settings.json) {
    std::fputs(shrink_json(settings, kept, kExitViolation).c_str(), stdout);
  } else {
    RunSummary run;
    run.seed = kept.shrunk.smallest.options.seed;
    run.violation = kept.shrunk.smallest.violation;
    std::fputs((explore::violation_line(run) + "\n" + explore::shrunk_text(kept, invocation.viewer))
                   .c_str(),
               stdout);
  }
  return kept.problem.empty() ? kExitViolation : complain(invocation, kept.problem);
}

}  // namespace norn::program
