#include <chrono>
#include <cstdio>
#include <string>

#include "norn/sim/exhaustive.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/report_text.hpp"
#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/output.hpp"
#include "program/terminal.hpp"

namespace norn::program {

namespace {

// The scope that a proof is of.
std::string scope_text(const Settings& settings) {
  const ExploreOptions& explore = settings.explore;
  const Duration time = settings.run.time.value_or(settings.scenario->options.time);
  std::string text = "  every order of events";
  if (explore.by == ExploreBy::states) text = "  every state";
  if (explore.by == ExploreBy::published) text = "  every state that nodes publish";
  if (explore.by == ExploreBy::interleavings) text = "  every order of events, none left out";
  text += " within " + format_duration(time) + ", variant " +
          (settings.run.variant.empty() ? "none" : settings.run.variant) + ", draws of seed " +
          std::to_string(explore.seed);
  if (explore.early_timers > 0)
    text += ", up to " + explore::counted(explore.early_timers, "timer") + " out of turn";
  if (explore.in_order) text += ", messages of a link in order";
  if (explore.fibers_in_order) text += ", fibers of a node in order";
  if (explore.crashes > 0)
    text += ", " + explore::counted(explore.crashes, "crash", "crashes") + " at any moment";
  if (settings.run.plan) text += ", the faults of " + settings.faults_from + " at any moment";
  return text + "\n";
}

int exit_code_of(const Exploration& all) {
  if (!all.deterministic) return kExitNondeterminism;
  if (all.failure) return kExitViolation;
  return all.proved() ? kExitPassed : kExitIncomplete;
}

std::string verdict_text(const Exploration& all, const Settings& settings) {
  if (!all.deterministic)
    return "not deterministic: a run that began as an earlier one did not go on as that did";
  if (all.failure) return "not passed:";
  if (all.proved()) return "proved in this scope:";
  if (all.interrupted) return "interrupted, nothing is proved:";
  if (!all.incomplete_reason.empty()) return "nothing is proved, " + all.incomplete_reason + ":";
  return "nothing is proved, the limit of " + std::to_string(settings.explore.most_runs) +
         " runs was reached:";
}

}  // namespace

int run_exhaustive(const Settings& settings, const Invocation& invocation) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  const Scenario& scenario = *settings.scenario;
  ExploreOptions options = settings.explore;
  options.interrupted = watch_interrupts();
  Terminal progress(stderr);
  Terminal terminal(stdout);
  note_seed(options.seed);
  if (!settings.json) {
    const std::string head =
        terminal.paint(scenario.name, Colour::bold) + ": " + scenario.description + "\n";
    std::fputs((head + scope_text(settings)).c_str(), stdout);
    std::fflush(stdout);
  }
  if (!settings.json && progress.is_terminal()) {
    options.on_progress = [&](std::uint64_t runs) {
      std::fprintf(stderr, "\r  %llu runs, %.0f runs/s ", static_cast<unsigned long long>(runs),
                   static_cast<double>(runs) / seconds());
    };
  }
  const Result<Exploration> all = explore_all(scenario, settings.run, options);
  if (!all) return complain(invocation, all.error().message);
  const int exit_code = exit_code_of(*all);
  if (options.on_progress) std::fputs("\r\033[K", stderr);
  if (settings.json) {
    std::fputs(exhaustive_json(settings, *all, invocation, exit_code, seconds()).c_str(), stdout);
    return exit_code;
  }
  std::string text;
  if (all->failure) {
    text += "\n" + terminal.paint("FAILED", Colour::red) + " " +
            explore::violation_line(all->failure->run) + "\n" +
            explore::failure_text(*all->failure, invocation.viewer) + "\n";
  }
  char rate[64];
  std::snprintf(rate, sizeof(rate), ", in %.2f s: %.0f runs/s\n", seconds(),
                static_cast<double>(all->runs) / seconds());
  text +=
      terminal.paint(verdict_text(*all, settings), all->proved() ? Colour::green : Colour::red) +
      " " + all->summary() + rate;
  std::fputs(text.c_str(), stdout);
  return exit_code;
}

}  // namespace norn::program
