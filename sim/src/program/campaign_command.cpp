#include <atomic>
#include <cstdio>
#include <string>

#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/run_seeds.hpp"

#include "explore/feedback/feedback_search.hpp"
#include "explore/ordered_seeds.hpp"
#include "explore/report_text.hpp"
#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/output.hpp"
#include "program/progress.hpp"
#include "program/terminal.hpp"

namespace norn::program {

namespace {

// Beyond so many failing seeds a line each says nothing new: the sums and the case files have them
// all.
constexpr std::uint64_t kShownFailures = 20;

std::string stop_text(std::uint64_t failures) {
  if (failures == 0) return "no stop at failures";
  return "stop at " +
         (failures == 1 ? std::string("the first failure") : explore::counted(failures, "failure"));
}

std::string options_text(const Settings& settings) {
  const Scenario& scenario = *settings.scenario;
  const RunOptions& run = settings.run;
  return "  " + seeds_text(run.seeds) + ", time " +
         format_duration(run.time.value_or(scenario.options.time)) + ", faults " +
         settings.faults_from + ", variant " + (run.variant.empty() ? "none" : run.variant) + ", " +
         explore::counted(run.jobs, "job") + ", " + stop_text(run.stop_after_failures) + ", out " +
         explore::shell_word(run.out_dir) + "\n";
}

int exit_code_of(const Report& report) {
  for (const Failure& failure : report.failures) {
    if (!failure.repeated) return kExitNondeterminism;
  }
  if (report.failed > 0) return kExitViolation;
  return report.passed() ? kExitPassed : kExitIncomplete;
}

std::string speed_text(const Report& report, double seconds) {
  char text[96];
  std::snprintf(text, sizeof(text), "  in %.2f s: %.0f runs/s", seconds,
                static_cast<double>(report.runs) / seconds);
  const double simulated = static_cast<double>(report.simulated.count()) / seconds;
  return text + (", " + explore::rough_duration(Duration(static_cast<std::int64_t>(simulated)))) +
         " simulated/s\n";
}

// Printer shows a campaign to a person while it runs.
class Printer {
 public:
  Printer(const Settings& settings, const Invocation& invocation)
      : settings_(settings),
        invocation_(invocation),
        progress_(settings.run.seeds, !settings.json) {}

  void begin();
  void add(const RunSummary& run);
  void add(const Failure& failure);
  void add(const ShrinkProgress& shrinking) { progress_.show(shrinking); }
  void end(const Report& report);
  double seconds() const { return progress_.seconds(); }

 private:
  const Settings& settings_;
  const Invocation& invocation_;
  Terminal terminal_{stdout};
  Progress progress_;
  bool begun_ = false;
  std::uint64_t failures_ = 0;
  std::string profile_;
  std::string knobs_;  // of a run of one seed
};

void Printer::begin() {
  if (settings_.json || begun_) return;
  begun_ = true;
  const Scenario& scenario = *settings_.scenario;
  progress_.print(terminal_.paint(scenario.name, Colour::bold) + ": " + scenario.description +
                  "\n" + options_text(settings_));
}

void Printer::add(const RunSummary& run) {
  begin();
  progress_.add(run);
  if (settings_.run.seeds.first == settings_.run.seeds.last) knobs_ = explore::knobs_text(run);
  if (!run.fibers.empty()) profile_ = profile_text(run.fibers);
}

void Printer::add(const Failure& failure) {
  if (settings_.json || ++failures_ > kShownFailures) return;
  std::string text = "\n" + terminal_.paint("FAILED", Colour::red) + " " +
                     explore::violation_line(failure.run) + "\n" +
                     explore::failure_text(failure, invocation_.viewer);
  if (failures_ == kShownFailures && settings_.run.stop_after_failures != failures_) {
    text += "\nfurther failing seeds are counted, and their cases written, without being shown\n";
  }
  progress_.print(text);
}

void Printer::end(const Report& report) {
  const double seconds = progress_.seconds();
  progress_.hide();
  if (settings_.json) return;
  const bool good = report.passed();
  std::string text = report.failed > 0 ? "\n" : "";
  text += terminal_.paint(good ? "passed" : "not passed", good ? Colour::green : Colour::red);
  text += " " + explore::counts_text(report) + speed_text(report, seconds);
  if (good) text += knobs_;
  if (!settings_.trace_path.empty()) {
    text += "  trace:  " + explore::shell_word(settings_.trace_path) + "\n";
    if (good) text += "  view:   " + view_line(invocation_, settings_.trace_path) + "\n";
  }
  if (!profile_.empty()) text += "\n" + profile_;
  std::fputs(text.c_str(), stdout);
}

}  // namespace

int run_campaign(const Settings& settings, const Invocation& invocation) {
  Printer printer(settings, invocation);
  RunOptions run = settings.run;
  run.trace_path = settings.trace_path;
  run.interrupted = watch_interrupts();
  run.on_begin = [](std::uint64_t seed) { note_seed(seed); };
  run.on_run = [&](const RunSummary& one) { printer.add(one); };
  run.on_shrink = [&](const ShrinkProgress& now) { printer.add(now); };
  run.on_failure = [&](const Failure& failure) { printer.add(failure); };
  // Whether a plan of the person fits the cluster turns out in the first run: a line about what is
  // being done would come too early.
  if (!run.plan) printer.begin();
  const Report report = run_seeds(*settings.scenario, run);
  const double seconds = printer.seconds();
  printer.end(report);
  const int exit_code = exit_code_of(report);
  if (settings.json) {
    std::fputs(campaign_json(settings, report, invocation, exit_code, seconds).c_str(), stdout);
  }
  return exit_code;
}

namespace {

bool print_hash(const RunSummary& run) {
  const char* verdict = run.verdict == Verdict::violated ? "violated" : "passed";
  if (run.verdict == Verdict::incomplete) verdict = "incomplete";
  std::printf("%llu %s %llu %s\n", static_cast<unsigned long long>(run.seed),
              explore::hash_text(run.trace_hash).c_str(),
              static_cast<unsigned long long>(run.events), verdict);
  return true;
}

}  // namespace

int run_hashes(const Settings& settings) {
  const Scenario& scenario = *settings.scenario;
  RunOptions options = settings.run;
  options.interrupted = watch_interrupts();
  options.on_begin = [](std::uint64_t seed) { note_seed(seed); };
  if (options.strategy == kFeedback) {
    explore::FeedbackSearch search(scenario, options);
    search.go([](const explore::FeedbackRun& run) { return print_hash(run.summary); });
  } else {
    explore::OrderedSeeds<RunSummary> seeds(
        options.seeds,
        [&](std::uint64_t seed) {
          note_seed(seed);
          return run_seed(scenario, options_for(scenario, options, seed));
        },
        print_hash, options.interrupted);
    seeds.go(options.jobs);
  }
  return *options.interrupted ? kExitIncomplete : kExitPassed;
}

}  // namespace norn::program
