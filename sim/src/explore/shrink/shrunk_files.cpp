#include "explore/shrink/shrunk_files.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "norn/sim/fault_plan.hpp"

#include "explore/explanation.hpp"
#include "explore/output_file.hpp"
#include "explore/recording.hpp"
#include "explore/text.hpp"

namespace norn::explore {

namespace {

namespace fs = std::filesystem;

// A run, recorded beside its case. Returns what went wrong, or nothing.
std::string write_case(const Scenario& scenario, Case& one, const std::string& stem,
                       const std::string& program, bool overwrite) {
  const std::string trace_path = stem + ".norn";
  const std::string case_path = stem + ".case.json";
  one.trace_file = fs::path(trace_path).filename().string();
  if (!overwrite && holds_case(case_path, one) && fs::exists(trace_path)) return {};
  SimOptions run = one.options;
  run.replay = program + " --replay " + shell_word(case_path);
  const Result<RunSummary> recorded = record_to_file(scenario, run, trace_path, overwrite);
  if (!recorded) return recorded.error().message;
  const Result<void> saved = save_case(one, case_path, overwrite);
  return saved ? std::string() : saved.error().message;
}

// What clients still do, as the first line of what happens.
std::string operations_text(const Shrunk& shrunk) {
  if (shrunk.operations.empty()) return {};
  return "    of " + counted(shrunk.from.operations, "operation") + " of clients " +
         grouped(shrunk.to.operations) + (shrunk.to.operations == 1 ? " is" : " are") + " made (" +
         joined(shrunk.operations, "; ") + ")\n";
}

}  // namespace

KeptShrunk keep_shrunk(const Scenario& scenario, Shrunk shrunk, const std::string& stem,
                       const std::string& program, bool overwrite) {
  KeptShrunk kept;
  kept.shrunk = std::move(shrunk);
  const fs::path folder = fs::path(stem).parent_path();
  if (const Result<void> made = make_directories(folder.empty() ? "." : folder.string()); !made) {
    kept.problem = made.error().message;
    return kept;
  }
  const std::string smallest = stem + ".min";
  kept.problem = write_case(scenario, kept.shrunk.smallest, smallest, program, overwrite);
  if (!kept.problem.empty()) return kept;
  kept.case_path = smallest + ".case.json";
  kept.trace_path = smallest + ".norn";
  kept.replay = program + " --replay " + shell_word(kept.case_path);
  if (const auto reader = trace::Reader::open(kept.trace_path))
    kept.explanation =
        operations_text(kept.shrunk) + explanation(*reader, kept.shrunk.smallest.violation);
  if (!kept.shrunk.nearest_pass) return kept;
  const std::string near = stem + ".near";
  kept.problem = write_case(scenario, *kept.shrunk.nearest_pass, near, program, overwrite);
  if (kept.problem.empty()) kept.near_trace_path = near + ".norn";
  return kept;
}

namespace {

std::string change(std::string_view what, std::uint64_t from, std::uint64_t to) {
  if (from == to) return grouped(to) + " " + std::string(what);
  return grouped(from) + " " + std::string(what) + " -> " + grouped(to);
}

std::string draws_text(const Shrunk& shrunk) {
  if (!shrunk.smallest.options.dull) return "delays and orders as the seed draws them";
  if (shrunk.to.overrides == 0) return "all delays and orders usual";
  return counted(shrunk.to.overrides, "delay or order", "delays and orders") + " not usual";
}

// Of what it was shown that each single one is needed.
std::string minimal_text(const Shrunk& shrunk) {
  const bool has_operations = shrunk.to.operations > 0;
  const bool all = shrunk.one_minimal && shrunk.operations_minimal;
  if (all && shrunk.to.faults + shrunk.to.overrides + shrunk.to.operations == 0)
    return "nothing is left that could be left out";
  std::vector<std::string> shown;
  if (shrunk.faults_minimal) shown.emplace_back("faults");
  if (shrunk.operations_minimal && has_operations) shown.emplace_back("operations");
  if (shrunk.one_minimal) shown.emplace_back("delays");
  std::string text;
  for (std::size_t i = 0; i < shown.size(); ++i)
    text += (i == 0                  ? "without any one of these "
             : i + 1 == shown.size() ? " and "
                                     : ", ") +
            shown[i];
  if (!shown.empty()) text += " it passes";
  if (all) return text;
  return text + (shown.empty() ? "" : "; the rest is ") +
         "perhaps not the smallest: " + shrunk.unfinished;
}

}  // namespace

std::string shrunk_text(const KeptShrunk& kept, const std::string& view) {
  const Shrunk& shrunk = kept.shrunk;
  std::string text =
      "  shrunk: " + change("faults", shrunk.from.faults, shrunk.to.faults) + ", " +
      (shrunk.from.operations == 0
           ? ""
           : change("operations", shrunk.from.operations, shrunk.to.operations) + ", ") +
      change("nodes", shrunk.from.nodes, shrunk.to.nodes) + ", " +
      change("events", shrunk.from.events, shrunk.to.events) + ", " + draws_text(shrunk) + "; " +
      counted(shrunk.replays, "replay") + "\n";
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < std::min(shrunk.unusual.size(), kShown); ++i)
    text += "          " + shrunk.unusual[i] + "\n";
  if (shrunk.unusual.size() > kShown)
    text += "          and " + grouped(shrunk.unusual.size() - kShown) + " more\n";
  text += "          " + minimal_text(shrunk) + "\n";
  if (!kept.problem.empty()) text += "          not kept: " + kept.problem + "\n";
  if (!kept.explanation.empty()) text += "  what happens:\n" + kept.explanation;
  if (!kept.replay.empty()) text += "  replay: " + kept.replay + "\n";
  if (!kept.trace_path.empty())
    text += "  view:   " + view + " " + shell_word(kept.trace_path) + "\n";
  if (!kept.near_trace_path.empty()) {
    text +=
        "  passes " + shrunk.nearest_step + ": " + view + " " + shell_word(kept.near_trace_path);
    if (shrunk.parts_at > 0)
      text += ", the same up to event #" + std::to_string(shrunk.parts_at - 1);
    text += "\n";
  }
  return text;
}

}  // namespace norn::explore
