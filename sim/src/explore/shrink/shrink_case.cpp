#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/sim/replay.hpp"

#include "explore/find_scenario.hpp"
#include "explore/recording.hpp"
#include "explore/shrink/shrinker.hpp"
#include "explore/trace_difference.hpp"

namespace norn {

namespace {

std::vector<std::string> nodes_of(const trace::Reader& reader) {
  std::vector<std::string> nodes;
  for (trace::NodeId node = 1; node <= reader.node_count(); ++node)
    nodes.emplace_back(reader.node_name(node));
  return nodes;
}

CaseSize size_of(const SimOptions& options, const RunSummary& run, std::size_t nodes) {
  return {.faults = run.plan.faults.size() + run.scripted.size(),
          .operations = run.operations,
          .overrides = options.overrides.size(),
          .nodes = nodes - options.absent.size(),
          .events = run.events,
          .messages = run.messages,
          .until = run.violation->at.time_since_epoch()};
}

// Of the runs that lack one thing and pass, the one that parts latest from the failing run.
void find_nearest(const Scenario& scenario, const trace::Reader& failing,
                  const std::vector<explore::Shrinker::Near>& near, Shrunk& shrunk) {
  constexpr std::size_t kMostTried = 40;
  for (std::size_t i = 0; i < std::min(near.size(), kMostTried); ++i) {
    const RunSummary run = explore::record_in_memory(scenario, near[i].options);
    const Result<trace::Reader> reader = explore::reader_of(run, "the run that passes");
    if (!reader || run.verdict != Verdict::passed) continue;
    const auto difference = explore::first_difference(failing, *reader);
    const std::uint64_t parts_at = difference && *difference ? (*difference)->event : 0;
    if (shrunk.nearest_pass && parts_at <= shrunk.parts_at) continue;
    shrunk.nearest_pass = make_case(near[i].options, run);
    shrunk.nearest_step = near[i].step;
    shrunk.parts_at = parts_at;
  }
}

}  // namespace

Result<Shrunk> shrink_case(const Case& failing, const ShrinkOptions& options) {
  NORN_ASSERT(options.jobs >= 1, "jobs is the number of threads: at least 1");
  const Result<const Scenario*> scenario = explore::scenario_of(failing);
  if (!scenario) return scenario.error();
  SimOptions as_it_was = failing.options;
  as_it_was.note_operations = true;
  const RunSummary first = explore::record_in_memory(**scenario, as_it_was);
  if (!first.violation || fingerprint(*first.violation) != failing.same_as)
    return Error{Errc::invalid, "the case does not fail as it says it does: nothing to shrink"};
  const Result<trace::Reader> before = explore::reader_of(first, "the case");
  if (!before) return before.error();
  const std::vector<std::string> nodes = nodes_of(*before);
  explore::Shrinker shrinker(**scenario, failing, first, nodes, options);
  shrinker.go();
  SimOptions smallest = shrinker.best();
  smallest.max_events = failing.options.max_events;
  const RunSummary last = explore::record_in_memory(**scenario, smallest);
  Shrunk shrunk;
  if (first.operations > 0) shrunk.operations = explore::operation_lines(last);
  shrunk.smallest = make_case(smallest, last);
  shrunk.from = size_of(failing.options, first, nodes.size());
  shrunk.to = size_of(smallest, last, nodes.size());
  shrunk.replays = shrinker.trials().replays();
  shrunk.faults_minimal = shrinker.faults_minimal();
  shrunk.one_minimal = shrinker.one_minimal();
  shrunk.operations_minimal = shrinker.operations_minimal();
  shrunk.unusual = shrinker.unusual();
  if (!shrunk.one_minimal || !shrunk.operations_minimal)
    shrunk.unfinished = shrinker.trials().why_over();
  if (shrunk.unfinished.empty() && shrunk.to.operations > 0 && shrinker.needs_operations())
    shrunk.unfinished = "operations all stay where something was to come to pass";
  if (!shrunk.faults_minimal && !shrunk.unfinished.empty())
    shrunk.unfinished += " before each of the " + std::to_string(shrunk.to.faults) +
                         " faults was left out once more";
  const Result<trace::Reader> reader = explore::reader_of(last, "the shrunk case");
  if (reader) find_nearest(**scenario, *reader, shrinker.near(), shrunk);
  return shrunk;
}

}  // namespace norn
