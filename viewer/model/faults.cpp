#include "model/faults.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;
using Form = FaultForm;
using Links = FaultLinks;

enum class Way : std::uint8_t { both, forth, as_said };

// A kind of fault of the catalogue, and which parameter its label gives.
struct Kind {
  std::string_view name;
  Form form = Form::unknown;
  Links links = Links::none;
  Way way = Way::both;
  std::string_view parameter = {};
  std::string_view before = {};
  std::string_view after = {};
};

constexpr std::array kKinds = {
    Kind{"partition", Form::cut, Links::sides},
    Kind{"partition_one_way", Form::cut, Links::sides, Way::forth},
    Kind{"isolate", Form::cut, Links::sides, Way::as_said},
    Kind{"split", Form::cut, Links::parts},
    Kind{"random_partition", Form::cut, Links::parts},
    Kind{"ring", Form::cut, Links::ring},
    Kind{"flapping", Form::cut, Links::sides},
    Kind{"hold", Form::hold, Links::sides, Way::forth},
    Kind{"clog", Form::hold, Links::sides},
    // Which nodes are clogged when is drawn and not recorded: the messages that wait tell it.
    Kind{"swizzle", Form::hold},
    Kind{"slow_node", Form::link, Links::sides, Way::both, "factor", "\xC3\x97"},
    Kind{"slow_link", Form::link, Links::sides, Way::as_said, "factor", "\xC3\x97"},
    Kind{"delay", Form::link, Links::sides, Way::as_said, "extra", "+"},
    Kind{"loss", Form::link, Links::sides, Way::as_said, "share"},
    Kind{"loss_burst", Form::link, Links::sides, Way::as_said},
    Kind{"duplicate", Form::link, Links::sides, Way::as_said, "share"},
    Kind{"reorder", Form::link, Links::sides, Way::as_said, "share"},
    Kind{"corrupt", Form::link, Links::sides, Way::as_said, "share"},
    Kind{"truncate", Form::link, Links::sides, Way::as_said, "share"},
    Kind{"bandwidth", Form::link, Links::sides, Way::as_said, "rate", "", " B/s"},
    Kind{"mtu", Form::link, Links::sides, Way::as_said, "bytes", "", " B"},
    Kind{"reset_connections", Form::link, Links::sides},
    Kind{"connect_hang", Form::link, Links::sides, Way::forth},
    Kind{"connect_refused", Form::link, Links::sides, Way::forth},
    Kind{"rule", Form::link, Links::sides, Way::as_said, "verdict"},
    Kind{"crash", Form::life},
    Kind{"kill", Form::life},
    Kind{"crash_loop", Form::life},
    Kind{"crash_in_recovery", Form::life},
    Kind{"shutdown", Form::life},
    Kind{"upgrade", Form::life},
    Kind{"wipe_disk", Form::life},
    Kind{"swap_disk", Form::life},
    Kind{"pause", Form::pause},
    Kind{"slow_cpu", Form::machine, Links::none, Way::both, "factor", "\xC3\x97"},
    Kind{"memory_limit", Form::machine},
    Kind{"dns_stale", Form::machine, Links::none, Way::both, "name"},
    Kind{"torn_writes", Form::machine},
    Kind{"lost_write", Form::machine},
    Kind{"misdirected_write", Form::machine},
    Kind{"bit_rot", Form::machine},
    Kind{"read_error", Form::machine},
    Kind{"write_error", Form::machine},
    Kind{"sync_error", Form::machine},
    Kind{"disk_full", Form::machine},
    Kind{"disk_quota", Form::machine},
    Kind{"disk_slow", Form::machine},
    Kind{"disk_stall", Form::machine},
    Kind{"read_only", Form::machine},
    Kind{"clock_skew", Form::clock, Links::none, Way::both, "by"},
    Kind{"clock_drift", Form::clock, Links::none, Way::both, "ppm", "", " ppm"},
    Kind{"clock_jump", Form::clock, Links::none, Way::both, "by"},
    Kind{"clock_slew", Form::clock, Links::none, Way::both, "ppm", "", " ppm"},
    Kind{"leap_second", Form::clock, Links::none, Way::both, "how"},
};

Kind kind_of(std::string_view name) {
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(),
                                         [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? Kind{} : *found;
}

Names names_under(const json& fault, const char* key) {
  Names out;
  const auto found = fault.find(key);
  if (found == fault.end()) return out;
  if (found->is_string()) out.push_back(found->get<std::string>());
  if (found->is_array()) {
    for (const json& item : *found) {
      if (item.is_string()) out.push_back(item.get<std::string>());
    }
  }
  return out;
}

std::string text_under(const json& fault, std::string_view key) {
  if (key.empty()) return {};
  const auto found = fault.find(std::string(key));
  if (found == fault.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number() ? found->dump() : std::string();
}

double duration_under(const json& fault, const char* key) {
  std::string text = text_under(fault, key);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const auto time = parse_duration(text);
  if (!time) return 0;
  return negative ? -static_cast<double>(*time) : static_cast<double>(*time);
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

struct Ways {
  bool forth = true;
  bool back = true;
};

Ways ways_of(const Kind& kind, const json& fault) {
  if (kind.way == Way::both) return {};
  if (kind.way == Way::forth) return {.forth = true, .back = false};
  const std::string said = text_under(fault, "way");
  return {.forth = said != "in", .back = said != "out"};
}

// What stands between the names of two sides. A crossed arrow is a way on which nothing passes.
std::string_view between_sides(const Kind& kind, const Ways& ways) {
  const bool cut = kind.form == Form::cut;
  if (kind.links != Links::sides) return " \xE2\x86\x92 ";
  if (ways.forth && ways.back) return cut ? " | " : " \xE2\x86\x94 ";
  if (ways.forth) return cut ? " \xE2\x86\x9B " : " \xE2\x86\x92 ";
  return cut ? " \xE2\x86\x9A " : " \xE2\x86\x90 ";
}

std::string label_of(std::string_view name, const json& fault, const std::vector<Names>& sides) {
  const Kind kind = kind_of(name);
  std::string label(name);
  std::replace(label.begin(), label.end(), '_', ' ');
  if (kind.links == Links::parts) {
    for (std::size_t i = 0; i < sides.size(); ++i) {
      if (!sides[i].empty()) label += (i == 0 ? "  " : " | ") + joined(sides[i]);
    }
    return label;
  }
  const Ways ways = ways_of(kind, fault);
  const bool has_first = !sides.empty() && !sides[0].empty();
  const bool has_second = sides.size() > 1 && !sides[1].empty();
  if (has_first) label += "  " + joined(sides[0]);
  if (has_second) label += std::string(between_sides(kind, ways)) + joined(sides[1]);
  if (has_first && !has_second && kind.links == Links::sides && ways.forth != ways.back)
    label += std::string(between_sides(kind, ways)) + "all";
  const std::string value = text_under(fault, kind.parameter);
  if (value.empty() && !(kind.links == Links::ring)) return label;
  if (kind.links == Links::ring) {
    const std::string reach = text_under(fault, "reach");
    return reach.empty() || reach == "1" ? label : label + "  reach " + reach;
  }
  return label + "  " + std::string(kind.before) + value + std::string(kind.after);
}

// A fault without an end that has done all it does at its beginning.
bool is_instant(const Fault& fault) {
  if (fault.end != kNone || fault.lasts_ns) return false;
  return fault.form == Form::life || fault.kind == "restart" || fault.kind == "clock_jump" ||
         fault.kind == "reset_connections";
}

void give_places(Fault& fault) {
  fault.places.clear();
  for (std::size_t side = 0; side < fault.sides.size(); ++side) {
    for (std::size_t i = 0; i < fault.sides[side].size(); ++i)
      fault.places.emplace_back(fault.sides[side][i],
                                static_cast<int>(fault.links == Links::ring ? i : side));
  }
  // A node that is named twice is where it is named first.
  std::sort(fault.places.begin(), fault.places.end());
  const auto same_node = [](const auto& x, const auto& y) { return x.first == y.first; };
  fault.places.erase(std::unique(fault.places.begin(), fault.places.end(), same_node),
                     fault.places.end());
}

// What the description says beside the names of nodes.
void read_parameters(Fault& fault, const Kind& kind, const json& spec) {
  const Ways ways = ways_of(kind, spec);
  fault.forth = ways.forth;
  fault.back = ways.back;
  if (spec.contains("lasts"))
    fault.lasts_ns = static_cast<std::int64_t>(duration_under(spec, "lasts"));
  const auto number = [&](const char* key) {
    const auto found = spec.find(key);
    return found != spec.end() && found->is_number() ? found->get<double>() : 0.0;
  };
  fault.reach = static_cast<std::uint32_t>(std::clamp(number("reach"), 1.0, 1e6));
  fault.by_ns = duration_under(spec, "by");
  fault.ppm = number("ppm");
  fault.smears = text_under(spec, "how") == "smear";
}

}  // namespace

FaultForm form_of(std::string_view kind) {
  return kind_of(kind).form;
}

std::string fault_label(std::string_view kind, const json& fault) {
  return label_of(kind, fault, {names_under(fault, "side_a"), names_under(fault, "side_b")});
}

int Fault::side_of(trace::NodeId node) const {
  const auto found = std::lower_bound(
      places.begin(), places.end(), node,
      [](const auto& place, trace::NodeId wanted) { return place.first < wanted; });
  return found != places.end() && found->first == node ? found->second : -1;
}

bool Fault::concerns(trace::NodeId from, trace::NodeId to) const {
  const int a = side_of(from);
  const int b = side_of(to);
  switch (links) {
    case FaultLinks::none:
      return false;
    case FaultLinks::sides:
      if (from == to) return false;
      if (with_all) return (a == 0 && forth) || (b == 0 && back);
      return a >= 0 && b >= 0 && a != b && (a == 0 ? forth : back);
    case FaultLinks::parts:
      return std::binary_search(apart.begin(), apart.end(),
                                std::pair(std::min(a, b), std::max(a, b)));
    case FaultLinks::ring: {
      if (a < 0 || b < 0) return false;
      const int distance = std::abs(a - b);
      const int whole = static_cast<int>(sides.front().size());
      return std::min(distance, whole - distance) > static_cast<int>(reach);
    }
  }
  return false;
}

bool Fault::acts_at(Index event) const {
  if (!comes_and_goes) return true;
  const auto after =
      std::upper_bound(seen_shut.begin(), seen_shut.end(), event,
                       [](Index at, const auto& stretch) { return at < stretch.first; });
  return after != seen_shut.begin() && event <= std::prev(after)->second;
}

std::vector<std::vector<trace::NodeId>> Fault::groups() const {
  std::vector<std::vector<trace::NodeId>> out;
  if (links == FaultLinks::none || links == FaultLinks::ring) return out;
  if (!with_all) return sides;
  for (const trace::NodeId node : sides.front()) out.push_back({node});
  return out;
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

std::vector<trace::NodeId> Faults::nodes_of(const EventSource& source, const Names& names) {
  std::vector<trace::NodeId> ids;
  for (const std::string& name : names) {
    const trace::NodeId node = node_named(source, name);
    if (node != 0) {
      ids.push_back(node);
    } else {
      const auto group = source.nodes_meant(name);
      ids.insert(ids.end(), group.begin(), group.end());
    }
  }
  return ids;
}

void Faults::begin_fault(const EventSource& source, Index index, const trace::Event& event) {
  Fault fault;
  fault.plan_index = event.a;
  fault.kind = source.string(event.text);
  fault.begin = index;
  const Kind kind = kind_of(fault.kind);
  fault.form = kind.form;
  const auto* const text = reinterpret_cast<const char*>(event.payload.data());
  json spec = json::parse(text, text + event.payload.size(), nullptr, false);
  const bool is_told = spec.is_object();
  if (!is_told) spec = json::object();
  std::array<Names, 2> sides = {names_under(spec, "side_a"), names_under(spec, "side_b")};
  if (is_told && fault.kind == "partition") complete_sides(source, sides);
  read_parameters(fault, kind, spec);
  fault.comes_and_goes = fault.kind == "flapping";
  for (const Names& side : sides) {
    auto ids = nodes_of(source, side);
    fault.nodes.insert(fault.nodes.end(), ids.begin(), ids.end());
    if (!ids.empty()) fault.sides.push_back(std::move(ids));
  }
  std::sort(fault.nodes.begin(), fault.nodes.end());
  fault.nodes.erase(std::unique(fault.nodes.begin(), fault.nodes.end()), fault.nodes.end());
  // Without its nodes it is about no links.
  fault.with_all = kind.links == Links::sides && sides[1].empty() && fault.kind != "partition";
  const std::size_t needed = kind.links == Links::sides && !fault.with_all ? 2 : 1;
  if (fault.sides.size() >= needed) fault.links = kind.links;
  fault.label = label_of(fault.kind, spec, {sides.begin(), sides.end()});
  if (fault.links == Links::parts) fault.sides.clear();
  if (fault.links != Links::none) give_places(fault);
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

void Faults::finish(const EventSource& source, const EventTable& events,
                    const MessageIndex& messages) {
  // So many are looked at closely: a trace that is made of faults is opened in little time, too.
  std::size_t most_looked_at = 1000;
  for (Fault& fault : faults_) {
    const bool drawn = fault.links == Links::parts || fault.comes_and_goes;
    if (!drawn || fault.links == Links::none || most_looked_at == 0) continue;
    --most_looked_at;
    if (fault.comes_and_goes) {
      find_shut(fault, events, messages);
      continue;
    }
    find_parts(fault, faults_, events, messages);
    give_places(fault);
    std::vector<Names> parts;
    for (const auto& side : fault.sides) {
      Names& part = parts.emplace_back();
      for (const trace::NodeId node : side) part.push_back(source.node_name(node));
    }
    if (parts.size() > 1) fault.label = label_of(fault.kind, json::object(), parts);
  }
  // The event from which on a row is free; faults come in order of their beginning.
  std::array<Index, kMostRows> free_from{};
  for (Fault& fault : faults_) {
    fault.instant = is_instant(fault);
    while (fault.row + 1 < kMostRows && free_from.at(fault.row) > fault.begin) ++fault.row;
    free_from.at(fault.row) = fault.instant ? fault.begin : fault.end;
    rows_ = std::max(rows_, fault.row + 1);
  }
  open_ = {};
}

}  // namespace norn::viewer
