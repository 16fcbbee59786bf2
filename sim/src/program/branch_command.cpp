#include <cstdio>
#include <string>

#include "norn/sim/branch.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/crash_note.hpp"
#include "program/json_output.hpp"
#include "program/output.hpp"

namespace norn::program {

namespace {

std::string curve_line(const BranchPoint& point) {
  constexpr std::uint64_t kBar = 40;
  const std::uint64_t filled =
      point.futures == 0 ? 0 : (point.failed * kBar + point.futures / 2) / point.futures;
  std::string at = format_duration(point.at);
  if (at.size() < 14) at.append(14 - at.size(), ' ');
  return "  " + at + std::string(filled, '#') + std::string(kBar - filled, '.') + "  " +
         std::to_string(point.failed) + " of " + std::to_string(point.futures) + "\n";
}

std::string text_of(const Case& failing, const BranchCurve& curve) {
  std::string text = "in how many futures \"" + failing.violation.property +
                     "\" is still broken, when all choices from a moment on are drawn anew:\n";
  for (const BranchPoint& point : curve.points) text += curve_line(point);
  if (curve.between.empty()) return text;
  text += "the steepest rise is between " + format_duration(curve.before.at) + " (" +
          std::to_string(curve.before.failed) + " of " + std::to_string(curve.before.futures) +
          ") and " + format_duration(curve.after.at) + " (" + std::to_string(curve.after.failed) +
          " of " + std::to_string(curve.after.futures) + "), where this happened:\n";
  return text + curve.between;
}

}  // namespace

int run_branch(const Settings& settings, const Invocation& invocation) {
  const Result<Case> failing = load_case(settings.case_path);
  if (!failing) return complain(invocation, "--branch " + failing.error().message);
  note_seed(failing->options.seed);
  BranchOptions options = settings.branch;
  options.jobs = settings.run.jobs;
  options.interrupted = watch_interrupts();
  const Duration end = failing->violation.at.time_since_epoch();
  if (options.at && (*options.at < Duration::zero() || *options.at > end)) {
    return complain(invocation, "--at " + format_duration(*options.at) +
                                    ": the case lasts from 0s to " + format_duration(end));
  }
  const Result<BranchCurve> curve = branch_case(*failing, options);
  if (!curve) return complain(invocation, settings.case_path + ": " + curve.error().message);
  const int exit_code = curve->interrupted ? kExitIncomplete : kExitPassed;
  const std::string text = settings.json ? branch_json(settings, *failing, *curve, exit_code)
                                         : text_of(*failing, *curve);
  std::fputs(text.c_str(), stdout);
  return exit_code;
}

}  // namespace norn::program
