#include "faults/fault_runner.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {
constexpr std::array kKinds = {FaultKind::partition, FaultKind::partition_one_way, FaultKind::hold,
                               FaultKind::crash};

std::size_t index(FaultKind kind) {
  return static_cast<std::size_t>(std::find(kKinds.begin(), kKinds.end(), kind) - kKinds.begin());
}
}  // namespace

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
  faults_.emplace_hint(faults_.end(), next_number_,
                       State{.fault = std::move(fault), .cut = {}, .killed = {}});
  return next_number_++;
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
  State& state = faults_.at(number);
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
        retire(number);
      }
      break;
  }
}

void FaultRunner::end(std::uint32_t number) {
  const auto found = faults_.find(number);
  if (found == faults_.end() || !found->second.active) return;
  finish(number, found->second);
  retire(number);
}

// What is over is only counted from now on, so that a scenario may go on crashing nodes for ever.
void FaultRunner::retire(std::uint32_t number) {
  const auto found = faults_.find(number);
  count(number, found->second, over_.at(index(found->second.fault.kind)));
  faults_.erase(found);
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

void FaultRunner::end_all(std::initializer_list<FaultKind> kinds) {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, state] : faults_) {
    if (std::find(kinds.begin(), kinds.end(), state.fault.kind) != kinds.end())
      numbers.push_back(number);
  }
  for (const std::uint32_t number : numbers) end(number);
}

void FaultRunner::end_cuts() {
  end_all({FaultKind::partition, FaultKind::partition_one_way});
}

void FaultRunner::end_holds() {
  end_all({FaultKind::hold});
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

void FaultRunner::count(std::uint32_t number, const State& state, FaultCount& sum) const {
  ++sum.asked;
  sum.begun += state.begun ? 1U : 0U;
  sum.bit += state.fault.kind == FaultKind::crash ? state.bit : network_.bites(number);
}

std::vector<FaultCount> FaultRunner::counts() const {
  std::vector<FaultCount> counts(over_.begin(), over_.end());
  for (const FaultKind kind : kKinds) counts[index(kind)].kind = name(kind);
  for (const auto& [number, state] : faults_) count(number, state, counts[index(state.fault.kind)]);
  return counts;
}

}  // namespace norn::sim
