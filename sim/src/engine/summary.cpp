// The end of a run: what is known of it.
#include <chrono>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/coverage.hpp"
#include "engine/engine.hpp"

namespace norn::sim {

namespace {

constexpr const char* kRunEndNames[] = {"completed", "violation", "limit", "stopped"};

nlohmann::json to_json(const RunSummary& summary) {
  nlohmann::json json;
  json["messages"] = summary.messages;
  json["simulated_ns"] = summary.simulated.count();
  if (summary.violation) {
    json["violation"] = {{"property", summary.violation->property},
                         {"detail", summary.violation->detail},
                         {"event", summary.violation->event},
                         {"at_ns", summary.violation->at.time_since_epoch().count()}};
  }
  for (const PropertyCount& property : summary.properties) {
    json["properties"].push_back({{"name", property.name},
                                  {"kind", property.kind},
                                  {"evaluated", property.evaluated},
                                  {"held", property.held},
                                  {"judged", property.judged}});
    if (property.room) json["properties"].back()["room"] = *property.room;
    if (property.excused > 0) json["properties"].back()["excuse"] = property.excuse;
  }
  for (const KnobValue& knob : summary.knobs) {
    if (knob.moved) json["knobs"][knob.name] = knob.value;
  }
  for (const BuggifyCount& place : summary.buggify) {
    json["buggify"].push_back({{"place", place.place},
                               {"armed", place.armed != 0},
                               {"passed", place.passed},
                               {"fired", place.fired}});
  }
  for (const FaultCount& fault : summary.faults) {
    json["faults"].push_back({{"kind", fault.kind},
                              {"asked", fault.asked},
                              {"begun", fault.begun},
                              {"bit", fault.bit},
                              {"bites", fault.bites}});
  }
  return json;
}

// What links and rules did counts as faults of their kinds.
void add_own(const Network::OwnCount& own, std::vector<FaultCount>& faults) {
  FaultCount& count = faults.at(static_cast<std::size_t>(own.kind));
  count.asked += own.asked;
  count.begun += own.asked;
  for (std::size_t i = 0; i < kBites; ++i) {
    if (own.bites[i] == 0) continue;
    count.bit += own.bites[i];
    count.bites[std::string(kBiteNames[i])] += own.bites[i];
  }
}

trace::PropertyResult result_of(const check::Property& property, bool violated) {
  if (violated) return trace::PropertyResult::violated;
  switch (property.kind) {
    case check::PropertyKind::always:
      return trace::PropertyResult::held;
    case check::PropertyKind::sometimes:
      return property.held > 0 ? trace::PropertyResult::seen : trace::PropertyResult::never_seen;
    case check::PropertyKind::eventually:
    case check::PropertyKind::progress:
    case check::PropertyKind::monitor:
      return property.judged ? trace::PropertyResult::held : trace::PropertyResult::not_judged;
  }
  return trace::PropertyResult::not_judged;
}

}  // namespace

// Records how each property ended, and that the run did.
void Engine::judge_end() {
  properties_.finish(core_.now_ns);
  trace::Event event;
  event.kind = trace::EventKind::property;
  for (const check::Property& property : properties_.all()) {
    event.text = core_.recorder->intern(property.name);
    event.a = static_cast<std::uint64_t>(
        result_of(property, violation_ && violation_->property == property.name));
    core_.recorder->record(event);
  }
  trace::RunEnd end = trace::RunEnd::completed;
  if (violation_) {
    end = trace::RunEnd::violation;
  } else if (incomplete_) {
    end = trace::RunEnd::limit;
  } else if (stop_) {
    end = trace::RunEnd::stopped;
  }
  event = {};
  event.kind = trace::EventKind::run_end;
  event.a = static_cast<std::uint64_t>(end);
  event.text = core_.recorder->intern(kRunEndNames[event.a]);
  core_.recorder->record(event);
}

RunSummary Engine::summary() {
  begin();
  RunSummary summary;
  const bool first = !std::exchange(closed_, true);
  if (first) judge_end();
  summary.seed = options_.seed;
  summary.strategy = options_.strategy;
  if (!options_.plan) summary.fault_level = options_.fault_level;
  summary.plan = plan_;
  summary.operations = chaos_.operations().count();
  summary.made_operations = chaos_.operations().made();
  summary.scripted = scripted_.come_true();
  summary.violation = violation_;
  summary.messages = network_.sent();
  summary.events = core_.recorder->events();
  summary.trace_hash = core_.recorder->hash();
  summary.simulated = Duration(core_.now_ns);
  for (const check::Property& property : properties_.all()) {
    summary.properties.push_back({.name = property.name,
                                  .kind = check::name(property.kind),
                                  .evaluated = property.evaluated,
                                  .held = property.held,
                                  .judged = property.judged,
                                  .excused = property.excused.empty() ? 0U : 1U,
                                  .excuse = property.excused});
    if (property.kind == check::PropertyKind::monitor)
      summary.properties.back().room = property.within_ns - property.hottest_ns;
  }
  claims_.add_to(summary.properties);
  if (first) report_coverage(summary);
  if (profiler_) summary.fibers = profiler_->result();
  summary.faults = faults_.counts();
  for (const Network::OwnCount& own : network_.own_counts(plan_.links))
    add_own(own, summary.faults);
  summary.knobs = chaos_.knobs();
  summary.buggify = chaos_.places();
  const Result<void> written = core_.recorder->finish(to_json(summary));
  if (!written) incomplete_ = written.error().message;
  if (options_.trace.mode == trace::RecorderOptions::Mode::memory) {
    const std::span<const std::byte> image = core_.recorder->bytes();
    summary.recording = std::make_shared<const std::vector<std::byte>>(image.begin(), image.end());
  }
  // Said beside a violation too: it may be why there is no trace.
  if (incomplete_) summary.incomplete_reason = *incomplete_;
  if (violation_) {
    summary.verdict = Verdict::violated;
  } else if (incomplete_) {
    summary.verdict = Verdict::incomplete;
  }
  return summary;
}

}  // namespace norn::sim
