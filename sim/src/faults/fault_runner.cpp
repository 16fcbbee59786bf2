#include "faults/fault_runner.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/coverage.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

std::size_t index(FaultKind kind) {
  return static_cast<std::size_t>(kind);
}

std::uint64_t key_of(const Fault& fault) {
  std::uint64_t key = mix(text_key(name(fault.kind)), static_cast<std::uint64_t>(fault.at.count()));
  for (const std::string& node : fault.side_a) key = mix(key, text_key(node));
  for (const std::string& node : fault.side_b) key = mix(key, ~text_key(node));
  return key;
}

std::uint64_t total(const BiteCounts& bites) {
  return std::accumulate(bites.begin(), bites.end(), std::uint64_t{0});
}

}  // namespace

FaultRunner::FaultRunner(FaultScene scene)
    : scene_(std::move(scene)), begin_(fault_catalog().size()), over_(fault_catalog().size()) {
  for (const std::span<const FaultHandler> family :
       {network_handlers(), link_handlers(), connection_handlers(), process_handlers(),
        name_handlers(), disk_handlers(), clock_handlers()}) {
    for (const FaultHandler& handler : family) begin_.at(index(handler.kind)) = handler.begin;
  }
}

std::vector<host::NodeId> FaultRunner::ids(const std::vector<std::string>& names) const {
  std::vector<host::NodeId> ids;
  for (const std::string& name : names) {
    const std::vector<host::NodeId> members = scene_.cluster.members(name);
    NORN_ASSERT(!members.empty(),
                "a fault names the node '" + name + "', which the scenario does not have");
    for (const host::NodeId id : members) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  }
  return ids;
}

std::uint32_t FaultRunner::add(Fault fault, bool frozen) {
  faults_.emplace_hint(
      faults_.end(), next_number_,
      State{.fault = std::move(fault), .slot = scene_.core.bites.open(), .frozen = frozen});
  return next_number_++;
}

// Which messages are under way when a fault begins is a feature of the run.
void FaultRunner::tell_coverage(const State& state) {
  CoverageMap* const coverage = scene_.core.coverage;
  if (coverage == nullptr) return;
  const std::vector<host::NodeId> side = ids(state.fault.side_a);
  const auto concerns = [&](host::NodeId node) {
    return std::find(side.begin(), side.end(), node) != side.end();
  };
  scene_.network.for_each_under_way([&](const host::Message& message) {
    const std::uint64_t class_hash = message.message_class->hash;
    if (concerns(message.from)) coverage->under_way(state.fault.kind, message.from, class_hash);
    if (concerns(message.to)) coverage->under_way(state.fault.kind, message.to, ~class_hash);
  });
}

trace::Seq FaultRunner::note(trace::EventKind kind, std::uint32_t number, const State& state) {
  trace::Event event;
  event.kind = kind;
  event.a = number;
  event.text = scene_.core.recorder->intern(name(state.fault.kind));
  std::string json;
  if (kind == trace::EventKind::fault_begin) {
    json = to_json(state.fault).dump();
  } else {
    event.b = total(scene_.core.bites.of(state.slot));
  }
  event.payload = std::as_bytes(std::span(json));
  return scene_.core.recorder->record(event);
}

void FaultRunner::begin(std::uint32_t number) {
  State& state = faults_.at(number);
  const BeginFault handler = begin_[index(state.fault.kind)];
  NORN_ASSERT(handler != nullptr, "a kind of fault has no handler (sim/src/faults/*_effects.cpp)");
  const trace::Seq seq = note(trace::EventKind::fault_begin, number, state);
  tell_coverage(state);
  state.begun = true;
  state.effect = handler(scene_, {.fault = state.fault,
                                  .key = key_of(state.fault),
                                  .slot = state.slot,
                                  .cause = seq,
                                  .side_a = ids(state.fault.side_a),
                                  .side_b = ids(state.fault.side_b)});
  if (state.effect == nullptr) return retire(number);
  if (!state.frozen) ++active_;
}

void FaultRunner::end(std::uint32_t number) {
  const auto found = faults_.find(number);
  if (found == faults_.end() || found->second.effect == nullptr) return;
  const std::shared_ptr<FaultEffect> effect = std::move(found->second.effect);
  if (!found->second.frozen) --active_;
  effect->tell_bites();
  effect->end(note(trace::EventKind::fault_end, number, found->second));
  retire(number);
}

// What is over is only counted from now on, so that a scenario may go on crashing nodes for ever.
void FaultRunner::retire(std::uint32_t number) {
  const auto found = faults_.find(number);
  const State& state = found->second;
  count(state, scene_.core.bites.close(state.slot), over_[index(state.fault.kind)]);
  faults_.erase(found);
}

void FaultRunner::end_all(std::initializer_list<FaultKind> kinds) {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, state] : faults_) {
    if (std::find(kinds.begin(), kinds.end(), state.fault.kind) != kinds.end())
      numbers.push_back(number);
  }
  for (const std::uint32_t number : numbers) end(number);
}

void FaultRunner::end_those_of(FaultKind kind, host::NodeId node) {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, state] : faults_) {
    if (state.fault.kind != kind) continue;
    const std::vector<host::NodeId> side = ids(state.fault.side_a);
    if (std::find(side.begin(), side.end(), node) != side.end()) numbers.push_back(number);
  }
  for (const std::uint32_t number : numbers) end(number);
}

void FaultRunner::crash(host::NodeId node) {
  begin(add({.kind = FaultKind::crash,
             .at = Duration(scene_.core.now_ns),
             .lasts = {},
             .side_a = {scene_.cluster.at(node).name},
             .side_b = {}}));
}

void FaultRunner::restart(host::NodeId node) {
  if (scene_.cluster.at(node).process != nullptr) crash(node);
  scene_.cluster.start(node, scene_.core.scheduler->cause());
}

void FaultRunner::count(const State& state, const BiteCounts& bites, Sum& sum) {
  ++sum.asked;
  sum.begun += state.begun ? 1U : 0U;
  for (std::size_t i = 0; i < kBites; ++i) sum.bites[i] += bites[i];
}

std::vector<FaultCount> FaultRunner::counts() const {
  std::vector<Sum> sums = over_;
  for (const auto& [number, state] : faults_) {
    if (state.effect != nullptr) state.effect->tell_bites();
    count(state, scene_.core.bites.of(state.slot), sums[index(state.fault.kind)]);
  }
  std::vector<FaultCount> counts;
  for (const FaultSpec& spec : fault_catalog()) {
    const Sum& sum = sums[index(spec.kind)];
    FaultCount& count = counts.emplace_back(FaultCount{.kind = std::string(spec.name),
                                                       .asked = sum.asked,
                                                       .begun = sum.begun,
                                                       .bit = total(sum.bites)});
    for (std::size_t i = 0; i < kBites; ++i) {
      if (sum.bites[i] > 0) count.bites.emplace(kBiteNames[i], sum.bites[i]);
    }
  }
  return counts;
}

}  // namespace norn::sim
