#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "norn/sim/determinism.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/recording.hpp"
#include "explore/text.hpp"
#include "explore/trace_difference.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/other_process.hpp"
#include "program/output.hpp"
#include "program/terminal.hpp"

namespace norn::program {

namespace {

// The folder where the other process leaves its trace; goes away with its content.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code problem;
    std::string path = (std::filesystem::temp_directory_path(problem) / "norn-XXXXXX").string();
    if (!problem && ::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code problem;
    if (!path_.empty()) std::filesystem::remove_all(path_, problem);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string other_program(const Settings& settings) {
  return settings.against.empty() ? "/proc/self/exe" : settings.against;
}

// The same runs for the other process. Every option is given, for its own defaults may differ; but
// a portfolio gives some seeds other faults only where none are asked for.
std::vector<std::string> same_arguments(const Settings& settings) {
  const RunOptions& run = settings.run;
  std::vector<std::string> words = {
      settings.scenario->name,
      "--time",
      format_duration(run.time.value_or(settings.scenario->options.time)),
      "--strategy",
      run.strategy,
      "--jobs",
      std::to_string(run.jobs)};
  const bool chosen = run.faults.has_value() || run.plan.has_value();
  if (chosen || run.strategy != kPortfolio)
    words.insert(words.end(), {"--faults", settings.faults_from});
  if (!run.variant.empty()) words.insert(words.end(), {"--variant", run.variant});
  if (run.buggify) words.emplace_back("--buggify");
  for (const auto& [name, value] : run.knobs) {
    words.emplace_back("--knob");
    words.push_back(name);
    words.back().append("=").append(value);
  }
  if (run.beyond_promise) words.emplace_back("--beyond-promise");
  if (run.outside_calls) words.emplace_back("--outside-calls");
  return words;
}

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Lets the other process record the seed, records it here, and finds where the two part.
std::optional<FirstDifference> find_difference(const Settings& settings, std::uint64_t seed) {
  const ScratchFolder folder;
  if (folder.path().empty()) return std::nullopt;
  const std::string trace = folder.path() + "/other.norn";
  const auto arguments = with(same_arguments(settings), {"--seed", std::to_string(seed), "--trace",
                                                         trace, "--out", folder.path()});
  if (!run_quietly(other_program(settings), arguments)) return std::nullopt;
  const RunSummary here = explore::record_in_memory(
      *settings.scenario, options_for(*settings.scenario, settings.run, seed));
  const Result<trace::Reader> first = explore::reader_of(here, "this process");
  const Result<trace::Reader> second = trace::Reader::open(trace);
  if (!first || !second) return std::nullopt;
  auto difference = explore::first_difference(*first, *second);
  if (!difference) return std::nullopt;
  return *std::move(difference);
}

// compare() looks for the first seed whose hash is another one in the other process.
Result<void> compare(const Settings& settings, DeterminismReport& report) {
  const SeedRange seeds = settings.run.seeds;
  const std::string range = std::to_string(seeds.first) + ".." + std::to_string(seeds.last);
  const std::string program = other_program(settings);
  const Result<std::vector<SeedHash>> other =
      hashes_of(program, with(same_arguments(settings), {"--seeds", range}));
  if (!other) return other.error();
  if (other->size() != report.seeds.size()) {
    return Error{Errc::invalid, program + " ran " + explore::counted(other->size(), "seed") +
                                    " of " + std::to_string(report.seeds.size())};
  }
  for (std::size_t i = 0; i < other->size(); ++i) {
    const SeedHash& here = report.seeds[i];
    if ((*other)[i].trace_hash == here.trace_hash && (*other)[i].events == here.events) continue;
    report.differing = here.seed;
    report.first_run = "the run in this process";
    report.second_run =
        settings.against.empty() ? "the run in another process" : "the run of " + settings.against;
    report.difference = find_difference(settings, here.seed);
    report.seeds.resize(i);
    break;
  }
  return {};
}

std::string success_text(const Settings& settings, const DeterminismReport& report) {
  const std::string other = settings.against.empty() ? "another process" : settings.against;
  return "deterministic: " + report.scenario + ", " + seeds_text(settings.run.seeds) +
         ": same events twice in this process and once in " + other + "\n";
}

}  // namespace

int run_determinism_check(const Settings& settings, const Invocation& invocation) {
  RunOptions run = settings.run;
  run.interrupted = watch_interrupts();
  run.on_begin = [](std::uint64_t seed) { note_seed(seed); };
  DeterminismReport report = check_determinism(*settings.scenario, run);
  if (report.passed()) {
    const Result<void> compared = compare(settings, report);
    if (!compared) {
      complain(invocation, "the other process: " + compared.error().message);
      return settings.against.empty() ? kExitInternalError : kExitUsage;
    }
  }
  int exit_code = report.differing ? kExitNondeterminism : kExitPassed;
  if (report.interrupted && !report.differing) exit_code = kExitIncomplete;
  if (settings.json) {
    std::fputs(determinism_json(settings, report, exit_code).c_str(), stdout);
  } else if (report.passed()) {
    std::fputs(success_text(settings, report).c_str(), stdout);
  } else {
    std::string text = report.summary();
    if (report.differing && !report.difference) {
      text +=
          "  first difference: not found; when it was recorded, the seed ran alike. Run the check "
          "again\n";
    }
    std::fputs(text.c_str(), stdout);
  }
  return exit_code;
}

}  // namespace norn::program
