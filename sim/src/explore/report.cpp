#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "norn/sim/case_file.hpp"
#include "norn/sim/run_seeds.hpp"

#include "explore/report_text.hpp"
#include "explore/shrink/shrunk_files.hpp"
#include "explore/text.hpp"

namespace norn {

namespace explore {

namespace {

// Whether it is for a campaign to show, rather than for each run to keep.
bool should_happen(const PropertyCount& count) {
  return count.kind == "sometimes" || count.kind == "reachable";
}

std::string grouped_signed(std::int64_t number) {
  return number < 0 ? "-" + grouped(std::uint64_t{0} - static_cast<std::uint64_t>(number))
                    : grouped(static_cast<std::uint64_t>(number));
}

std::string room_text(const PropertyCount& count) {
  if (count.kind == "monitor")
    return (*count.room > 0 ? rough_duration(Duration(*count.room)) : std::string("nothing")) +
           " left at the hottest";
  return "nearest by " + grouped_signed(*count.room);
}

std::string property_line(const PropertyCount& count) {
  std::string line = "  " + count.kind + " \"" + count.name + "\": ";
  if (should_happen(count)) {
    line += count.held == 0 ? "never seen" : "seen " + counted(count.held, "time");
    line += count.kind == "sometimes" && count.evaluated > 0 ? " of " + grouped(count.evaluated)
                                                             : std::string();
    if (count.held > 0) return line + ", first in seed " + std::to_string(count.first_seed);
    return line + (count.room ? ", nearest by " + grouped_signed(-*count.room) : std::string());
  }
  if (count.kind == "unreachable") {
    line += count.evaluated == 0 ? "never reached" : "reached " + counted(count.evaluated, "time");
  } else if (count.kind == "monitor") {
    line += counted(count.evaluated, "state") + ", " + grouped(count.held) + " ended";
  } else if (count.evaluated == 0 || !count.judged) {
    line += count.kind == "always" ? "never reached" : "never judged";
  } else {
    line += "held " + grouped(count.held) + " of " + grouped(count.evaluated);
  }
  if (count.room) line += ", " + room_text(count);
  if (count.first_seed != 0) line += ", first broken in seed " + std::to_string(count.first_seed);
  if (count.excused == 0) return line;
  return line + "; excused in " + counted(count.excused, "run") + " (" + count.excuse + ")";
}

std::string fault_line(const FaultCount& count) {
  std::string text = "  fault " + count.kind + ": asked " + grouped(count.asked) + ", begun " +
                     grouped(count.begun) + ", bit " + grouped(count.bit);
  std::string bites;
  for (const auto& [what, times] : count.bites)
    bites += (bites.empty() ? "" : ", ") + grouped(times) + " " + what;
  return bites.empty() ? text : text + " (" + bites + ")";
}

// How often each kind of failure was seen; worth saying when there were several failures.
std::string kinds_text(const Report& report) {
  struct Kind {
    std::uint64_t first_seed = 0;
    std::uint64_t seeds = 0;
  };
  std::map<Fingerprint, Kind> kinds;
  for (const Failure& failure : report.failures) {
    if (!failure.run.violation) continue;
    Kind& kind = kinds[fingerprint(*failure.run.violation)];
    if (kind.seeds++ == 0) kind.first_seed = failure.run.seed;
  }
  std::string text;
  for (const auto& [print, kind] : kinds) {
    text += "  broken \"" + print.property + "\"" +
            (print.subject.empty() ? "" : " on " + print.subject) + ": " +
            counted(kind.seeds, "seed") + ", first " + std::to_string(kind.first_seed) + "\n";
  }
  return text;
}

}  // namespace

std::string counts_text(const Report& report) {
  std::string text = report.scenario;
  if (!report.variant.empty()) text += " (variant " + report.variant + ")";
  text += ": " + counted(report.runs, "run") + ", ";
  text += report.failed == 0 ? "no violation" : counted(report.failed, "violation");
  if (report.incomplete > 0) text += ", " + grouped(report.incomplete) + " incomplete";
  if (report.interrupted) text += ", interrupted";
  text += "; " + rough_duration(report.simulated) + " simulated, " +
          counted(report.events, "event") + ", " + counted(report.messages, "message") + "\n";
  for (const PropertyCount& property : report.properties) text += property_line(property) + "\n";
  for (const FaultCount& fault : report.faults) {
    if (fault.asked > 0) text += fault_line(fault) + "\n";
  }
  for (const BuggifyCount& place : report.buggify) {
    text += "  buggify " + place.place + " (" + place.where + "): armed in " +
            counted(place.armed, "run") + ", fired " + grouped(place.fired) + " of " +
            grouped(place.passed) + "\n";
  }
  for (const StrategyCount& one : report.strategies) {
    if (report.strategies.size() == 1) break;
    text += "  strategy " + one.name + ": " + counted(one.runs, "run") + ", " +
            (one.kept == 0 ? "" : grouped(one.kept) + " did something new, ") +
            (one.failed == 0 ? "no violation"
                             : counted(one.failed, "violation") + ", first in seed " +
                                   std::to_string(one.first_seed)) +
            "\n";
  }
  if (report.feedback) {
    text += "  feedback: " + counted(report.feedback->features, "feature") + " reached, " +
            counted(report.feedback->kept, "run") + " kept\n";
  }
  if (report.failures.size() > 1) text += kinds_text(report);
  for (const std::string& warning : report.warnings()) text += "  warning: " + warning + "\n";
  if (report.first_incomplete) {
    text += "  incomplete: seed " + std::to_string(report.first_incomplete->seed) + ": " +
            report.first_incomplete->incomplete_reason + "\n";
  }
  return text;
}

std::string knobs_text(const RunSummary& run) {
  std::string knobs;
  for (const KnobValue& knob : run.knobs) {
    if (!knob.moved) continue;
    knobs += (knobs.empty() ? "" : ", ") + knob.name + " " + knob.value + " (usually " +
             knob.standard + ")";
  }
  return knobs.empty() ? knobs : "  knobs:  " + knobs + "\n";
}

std::string failure_text(const Failure& failure, const std::string& view) {
  std::string text = failure.story;
  text += knobs_text(failure.run);
  std::string places;
  for (const BuggifyCount& place : failure.run.buggify) {
    if (place.fired == 0) continue;
    places += (places.empty() ? "" : ", ") + place.place + " " + counted(place.fired, "time");
  }
  if (!places.empty()) text += "  buggify: " + places + "\n";
  if (!failure.repeated) {
    text += "  the same seed ran differently when it was recorded: it is not deterministic\n";
  }
  if (!failure.file_problem.empty()) text += "  not kept: " + failure.file_problem + "\n";
  text += "  replay: " + failure.replay + "\n";
  if (!failure.trace_path.empty()) {
    text += "  view:   " + view + " " + shell_word(failure.trace_path) + "\n";
  }
  if (failure.shrunk) text += shrunk_text(*failure.shrunk, view);
  return text;
}

}  // namespace explore

std::vector<std::string> Report::warnings() const {
  std::vector<std::string> lines;
  for (const FaultCount& fault : faults) {
    if (fault.asked > 0 && fault.bit == 0) {
      lines.push_back("fault " + fault.kind + " was asked for " +
                      explore::counted(fault.asked, "time") + " and never bit");
    }
  }
  for (const BuggifyCount& place : buggify) {
    if (place.armed > 0 && place.fired == 0) {
      lines.push_back("buggify " + place.place + " was armed in " +
                      explore::counted(place.armed, "run") + " and never fired");
    }
  }
  // A campaign that ended early says nothing about what it did not see.
  if (runs <= seeds.last - seeds.first) return lines;
  for (const PropertyCount& property : properties) {
    if (explore::should_happen(property)) {
      if (property.held == 0)
        lines.push_back(property.kind + " \"" + property.name + "\" was never seen");
    } else if (property.kind == "unreachable") {
      continue;
    } else if (!property.judged || property.evaluated == 0) {
      lines.push_back(property.kind + " \"" + property.name + "\" was never " +
                      (property.kind == "always" ? "reached" : "judged"));
    }
  }
  return lines;
}

std::vector<std::string> Report::unseen() const {
  std::vector<std::string> names;
  if (runs <= seeds.last - seeds.first) return names;
  for (const PropertyCount& property : properties) {
    if (explore::should_happen(property) && property.held == 0) names.push_back(property.name);
  }
  return names;
}

std::string Report::summary() const {
  constexpr std::size_t kShown = 20;
  std::string text = explore::counts_text(*this);
  for (std::size_t i = 0; i < std::min(failures.size(), kShown); ++i) {
    text += explore::violation_line(failures[i].run) + "\n" +
            explore::failure_text(failures[i], "norn-viewer");
  }
  if (failures.size() > kShown) {
    text += "and " + explore::counted(failures.size() - kShown, "more failing seed") + "\n";
  }
  return text;
}

}  // namespace norn
