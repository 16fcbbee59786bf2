#include "explore/explanation.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/sim/fault_plan.hpp"
#include "norn/trace/describe.hpp"

#include "explore/text.hpp"

namespace norn::explore {

namespace {

using nlohmann::json;
using trace::Event;
using trace::EventKind;

constexpr std::size_t kLastLines = 24;  // told besides faults
constexpr std::size_t kMostFaults = 40;
constexpr std::size_t kMostDetail = 200;  // characters of a value

std::string names_of(const json& fault, const char* side) {
  const auto found = fault.find(side);
  if (found == fault.end()) return {};
  return joined(found->get<std::vector<std::string>>(), ", ");
}

std::string plain(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Parameters that are told by the words themselves are left out.
std::string parameters(const json& fault) {
  std::string text;
  for (const auto& [name, value] : fault.items()) {
    if (name == "kind" || name == "at" || name == "lasts" || name == "side_a" || name == "side_b")
      continue;
    text += (text.empty() ? " (" : ", ") + name + " " + plain(value);
  }
  return text.empty() ? text : text + ")";
}

std::string payload(const Event& event) {
  std::string text(reinterpret_cast<const char*>(event.payload.data()), event.payload.size());
  if (text.size() > kMostDetail) text = text.substr(0, kMostDetail) + "…";
  return trace::printable(text);
}

}  // namespace

std::string fault_words(const json& fault) {
  const std::string kind = fault.value("kind", "");
  const std::string a = names_of(fault, "side_a");
  const std::string b = names_of(fault, "side_b");
  std::string text;
  if (kind == "partition") {
    text = a + " and " + (b.empty() ? "all others" : b) + " are cut from each other";
  } else if (kind == "partition_one_way") {
    text = "nothing comes from " + a + " to " + (b.empty() ? "the others" : b);
  } else if (kind == "isolate") {
    text = a + " is cut from all others";
  } else if (kind == "crash") {
    text = a + " crashes";
  } else if (kind == "kill") {
    text = a + " is killed";
  } else if (kind == "pause") {
    text = a + " stands still";
  } else {
    text = kind + (a.empty() ? "" : " of " + a) + (b.empty() ? "" : " towards " + b);
  }
  if (const auto lasts = fault.find("lasts"); lasts != fault.end()) text += " for " + plain(*lasts);
  return text + parameters(fault);
}

namespace {

class Teller {
 public:
  Teller(const trace::Reader& reader, const Violation& violation)
      : reader_(reader), violation_(violation) {}

  std::string tell();

 private:
  struct Line {
    std::int64_t time_ns;
    std::string text;
    bool is_fault;
  };

  void take(const Event& event);
  void take_state(const Event& event);
  void say(const Event& event, std::string text, bool is_fault = false) {
    lines_.push_back({event.time_ns, std::move(text), is_fault});
  }
  std::string node(const Event& event) const { return reader_.node_name(event.node); }
  std::string numbers(trace::NodeId node) const;

  const trace::Reader& reader_;
  const Violation& violation_;
  std::vector<Line> lines_;
  // The last published value of a key, by node.
  std::map<trace::NodeId, std::map<std::string, std::string>> states_;
};

// What a node counts is told when it becomes something else.
std::string Teller::numbers(trace::NodeId node) const {
  const auto found = states_.find(node);
  if (found == states_.end()) return {};
  std::string text;
  for (const auto& [key, value] : found->second) {
    const bool is_number =
        !value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'));
    if (is_number) text += (text.empty() ? " (" : ", ") + key + " " + value;
  }
  return text.empty() ? text : text + ")";
}

void Teller::take_state(const Event& event) {
  const std::string key(reader_.string(event.text));
  const std::string value = payload(event);
  std::string& known = states_[event.node][key];
  if (std::exchange(known, value) == value || value.empty()) return;
  const bool is_word = value[0] == '"' || value == "true" || value == "false";
  if (!is_word) return;
  std::string text = node(event);
  text.append(": ").append(key).append(" ").append(plain(json::parse(value, nullptr, false)));
  say(event, text + numbers(event.node));
}

void Teller::take(const Event& event) {
  switch (event.kind) {
    case EventKind::fault_begin: {
      const json fault = json::parse(payload(event), nullptr, false);
      const bool whole = fault.is_object();
      return say(event, whole ? fault_words(fault) : std::string(reader_.string(event.text)), true);
    }
    case EventKind::node_crash:
      states_.erase(event.node);
      return;
    case EventKind::node_start:
      if (event.a > 1) say(event, node(event) + " starts again", true);
      return;
    case EventKind::node_exit:
      return say(event, node(event) + " has ended");
    case EventKind::state:
      return take_state(event);
    case EventKind::log:
      if (event.a >= static_cast<std::uint64_t>(trace::LogLevel::warning))
        say(event, node(event) + " logs: " + payload(event));
      return;
    case EventKind::op_return:
      if (event.c == static_cast<std::uint64_t>(trace::OpOutcome::unknown))
        say(event, node(event) + " gives up waiting for an answer");
      return;
    default:
      return;
  }
}

std::string Teller::tell() {
  const Result<void> read = reader_.for_each([this](const Event& event) {
    if (event.seq > violation_.event) return false;
    take(event);
    return true;
  });
  static_cast<void>(read);  // a damaged end: what there is is told
  lines_.push_back({violation_.at.time_since_epoch().count(),
                    "broken: " + violation_.property +
                        (violation_.detail.empty() ? "" : ": " + violation_.detail),
                    true});
  // Of what is no fault, only the end.
  std::size_t others = 0;
  std::size_t faults = 0;
  std::vector<Line> told;
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    std::size_t& count = line->is_fault ? faults : others;
    if (++count <= (line->is_fault ? kMostFaults : kLastLines)) told.push_back(*line);
  }
  std::string text;
  if (told.size() < lines_.size())
    text = "    (" + counted(lines_.size() - told.size(), "earlier line") + " left out)\n";
  std::size_t width = 0;
  const auto time = [](const Line& line) { return format_duration(Duration(line.time_ns)); };
  for (const Line& line : told) width = std::max(width, time(line).size());
  for (auto line = told.rbegin(); line != told.rend(); ++line) {
    std::string at = time(*line);
    at.append(width - at.size(), ' ');
    text.append("    ").append(at).append("  ").append(line->text).append("\n");
  }
  return text;
}

}  // namespace

std::string explanation(const trace::Reader& reader, const Violation& violation) {
  return Teller(reader, violation).tell();
}

}  // namespace norn::explore
