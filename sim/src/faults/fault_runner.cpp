#include "faults/fault_runner.hpp"

#include <array>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {
constexpr std::array kKinds = {FaultKind::partition, FaultKind::partition_one_way, FaultKind::hold,
                               FaultKind::crash};
}

std::vector<host::NodeId> FaultRunner::ids(const std::vector<std::string>& names) const {
  std::vector<host::NodeId> ids;
  for (const std::string& name : names) {
    const host::NodeId id = cluster_.find(name);
    NORN_ASSERT(id != 0, "a fault names the node '" + name + "', which the scenario does not have");
    ids.push_back(id);
  }
  return ids;
}

std::uint32_t FaultRunner::add(Fault fault) {
  faults_.push_back({.fault = std::move(fault), .cut = {}, .killed = {}});
  return static_cast<std::uint32_t>(faults_.size() - 1);
}

trace::Seq FaultRunner::note(trace::EventKind kind, std::uint32_t number, const State& state) {
  trace::Event event;
  event.kind = kind;
  event.a = number;
  event.b = state.bit;
  event.text = core_.recorder->intern(name(state.fault.kind));
  std::string json;
  if (kind == trace::EventKind::fault_begin) {
    json = to_json(state.fault).dump();
    event.b = 0;
  }
  event.payload = std::as_bytes(std::span(json));
  return core_.recorder->record(event);
}

void FaultRunner::begin(std::uint32_t number) {
  State& state = faults_[number];
  const Fault& fault = state.fault;
  const trace::Seq seq = note(trace::EventKind::fault_begin, number, state);
  state.begun = true;
  state.active = true;
  ++active_;
  switch (fault.kind) {
    case FaultKind::partition:
    case FaultKind::partition_one_way:
      state.cut = network_.cut(ids(fault.side_a), ids(fault.side_b),
                               fault.kind == FaultKind::partition, number);
      break;
    case FaultKind::hold:
      state.cut = network_.hold(ids(fault.side_a), ids(fault.side_b), number);
      break;
    case FaultKind::crash:
      for (const host::NodeId node : ids(fault.side_a)) {
        if (cluster_.at(node).process == nullptr) continue;
        cluster_.crash(node, pool_, seq);
        state.killed.push_back(node);
        ++state.bit;
      }
      if (!fault.lasts) {
        state.active = false;
        --active_;
      }
      break;
  }
}

void FaultRunner::end(std::uint32_t number) {
  State& state = faults_[number];
  if (!state.active) return;
  finish(number, state);
}

void FaultRunner::finish(std::uint32_t number, State& state) {
  state.active = false;
  --active_;
  if (state.fault.kind != FaultKind::crash) state.bit = network_.bites(number);
  const trace::Seq seq = note(trace::EventKind::fault_end, number, state);
  if (state.fault.kind == FaultKind::hold) {
    network_.release(*std::exchange(state.cut, std::nullopt));
  } else if (state.cut) {
    network_.uncut(*std::exchange(state.cut, std::nullopt));
  }
  for (const host::NodeId node : std::exchange(state.killed, {})) {
    if (cluster_.at(node).process == nullptr) cluster_.start(node, seq);
  }
}

void FaultRunner::end_cuts() {
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    const FaultKind kind = faults_[i].fault.kind;
    if (kind == FaultKind::partition || kind == FaultKind::partition_one_way) end(i);
  }
}

void FaultRunner::end_holds() {
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].fault.kind == FaultKind::hold) end(i);
  }
}

void FaultRunner::crash(host::NodeId node) {
  begin(add({.kind = FaultKind::crash,
             .at = Duration(core_.now_ns),
             .lasts = {},
             .side_a = {cluster_.at(node).name},
             .side_b = {}}));
}

void FaultRunner::restart(host::NodeId node) {
  if (cluster_.at(node).process != nullptr) crash(node);
  cluster_.start(node, core_.scheduler->cause());
}

std::vector<FaultCount> FaultRunner::counts() const {
  std::vector<FaultCount> counts;
  for (const FaultKind kind : kKinds) {
    FaultCount count{.kind = std::string(name(kind))};
    for (std::uint32_t i = 0; i < faults_.size(); ++i) {
      const State& state = faults_[i];
      if (state.fault.kind != kind) continue;
      ++count.asked;
      count.begun += state.begun ? 1U : 0U;
      count.bit += kind == FaultKind::crash ? state.bit : network_.bites(i);
    }
    counts.push_back(std::move(count));
  }
  return counts;
}

}  // namespace norn::sim
