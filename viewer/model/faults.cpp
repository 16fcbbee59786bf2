#include "model/faults.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace norn::viewer {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

constexpr std::string_view kPartition = "partition";
constexpr std::string_view kPartitionOneWay = "partition_one_way";

Names names_under(const json& fault, std::string_view key) {
  Names out;
  const auto found = fault.find(std::string(key));
  if (found == fault.end()) return out;
  if (found->is_string()) out.push_back(found->get<std::string>());
  if (found->is_array()) {
    for (const json& item : *found) {
      if (item.is_string()) out.push_back(item.get<std::string>());
    }
  }
  return out;
}

// Replaces groups ("zone:a") by the nodes in them.
void expand_groups(const EventSource& source, Names& side) {
  Names nodes;
  for (const std::string& name : side) {
    const auto meant = source.nodes_meant(name);
    if (meant.empty()) nodes.push_back(name);
    for (const trace::NodeId node : meant) nodes.push_back(source.node_name(node));
  }
  side = std::move(nodes);
}

// A partition that names one side cuts it off from all others.
void complete_sides(const EventSource& source, std::array<Names, 2>& sides) {
  const auto is_on = [](const Names& side, const std::string& name) {
    return std::find(side.begin(), side.end(), name) != side.end();
  };
  if (!sides[0].empty() && !sides[1].empty()) return;
  for (Names& side : sides) expand_groups(source, side);
  Names rest;
  for (trace::NodeId node = 1; node <= source.node_count(); ++node) {
    const std::string name(source.node_name(node));
    if (!is_on(sides[0], name) && !is_on(sides[1], name)) rest.push_back(name);
  }
  for (Names& side : sides) {
    if (side.empty()) side = std::exchange(rest, {});
  }
}

std::string joined(const Names& names) {
  constexpr std::size_t kShown = 6;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    out += (i == 0 ? "" : " ") + names[i];
  }
  if (names.size() > kShown) out += " +" + std::to_string(names.size() - kShown);
  return out;
}

std::string label_of(const Fault& fault, const std::array<Names, 2>& sides) {
  std::string label = fault.kind;
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!sides[0].empty()) label += "  " + joined(sides[0]);
  if (!sides[1].empty()) {
    label += (fault.kind == kPartition ? " | " : " \xE2\x86\x92 ") + joined(sides[1]);
  }
  return label;
}

}  // namespace

bool Fault::is_partition() const {
  return (kind == kPartition || kind == kPartitionOneWay) && sides.size() == 2;
}

int Fault::side_of(trace::NodeId node) const {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (std::find(sides[i].begin(), sides[i].end(), node) != sides[i].end()) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

trace::NodeId Faults::node_named(const EventSource& source, const std::string& name) {
  if (node_by_name_.empty()) {
    for (trace::NodeId node = 1; node <= source.node_count(); ++node) {
      node_by_name_.emplace(source.node_name(node), node);
    }
  }
  const auto found = node_by_name_.find(name);
  return found == node_by_name_.end() ? 0 : found->second;
}

void Faults::begin_fault(const EventSource& source, Index index, const trace::Event& event) {
  Fault fault;
  fault.plan_index = event.a;
  fault.kind = source.string(event.text);
  fault.begin = index;
  fault.one_way = fault.kind == kPartitionOneWay;
  const auto* const text = reinterpret_cast<const char*>(event.payload.data());
  const json spec = json::parse(text, text + event.payload.size(), nullptr, false);
  std::array<Names, 2> sides;
  if (spec.is_object()) {
    sides = {names_under(spec, "side_a"), names_under(spec, "side_b")};
    if (fault.kind == kPartition) complete_sides(source, sides);
  }
  for (const Names& side : sides) {
    std::vector<trace::NodeId> ids;
    for (const std::string& name : side) {
      const trace::NodeId node = node_named(source, name);
      if (node != 0) {
        ids.push_back(node);
      } else {
        const auto group = source.nodes_meant(name);
        ids.insert(ids.end(), group.begin(), group.end());
      }
    }
    fault.nodes.insert(fault.nodes.end(), ids.begin(), ids.end());
    if (!ids.empty()) fault.sides.push_back(std::move(ids));
  }
  std::sort(fault.nodes.begin(), fault.nodes.end());
  fault.nodes.erase(std::unique(fault.nodes.begin(), fault.nodes.end()), fault.nodes.end());
  fault.label = label_of(fault, sides);
  open_[event.a] = faults_.size();
  faults_.push_back(std::move(fault));
}

void Faults::add(const EventSource& source, Index index, const trace::Event& event) {
  if (event.kind == trace::EventKind::fault_begin) {
    begin_fault(source, index, event);
    return;
  }
  const auto found = open_.find(event.a);
  if (found == open_.end()) return;
  Fault& fault = faults_[found->second];
  fault.end = index;
  fault.bit = event.b;
  open_.erase(found);
}

void Faults::finish() {
  // The event from which on a row is free; faults come in order of their beginning.
  std::array<Index, kMostRows> free_from{};
  for (Fault& fault : faults_) {
    fault.instant = fault.end == kNone && (fault.kind == "crash" || fault.kind == "restart");
    while (fault.row + 1 < kMostRows && free_from.at(fault.row) > fault.begin) ++fault.row;
    free_from.at(fault.row) = fault.instant ? fault.begin : fault.end;
    rows_ = std::max(rows_, fault.row + 1);
  }
  open_ = {};
}

}  // namespace norn::viewer
