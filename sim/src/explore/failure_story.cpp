#include "explore/failure_story.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "norn/sim/fault_plan.hpp"

#include "explore/event_text.hpp"

namespace norn::explore {

namespace {

using trace::Event;
using trace::EventKind;

constexpr std::size_t kChain = 12;        // causes shown
constexpr std::size_t kEventsOfNode = 4;  // last events of each node
constexpr std::size_t kFaults = 4;        // last events of the simulation itself: faults
constexpr std::size_t kMostNodes = 5;     // a larger cluster: only the nodes in the chain
constexpr std::size_t kChunksBack = 4;    // how far back is looked for them

struct Line {
  std::int64_t time_ns = 0;
  std::string node;
  std::string text;
  bool in_chain = false;
};

// Says little about a failure, and there are many of them.
bool is_dull(EventKind kind) {
  switch (kind) {
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
    case EventKind::choice:
    case EventKind::property:
      return true;
    default:
      return false;
  }
}

class Story {
 public:
  Story(const trace::Reader& reader, const Violation& violation)
      : reader_(reader), violation_(violation) {}

  std::string tell();

 private:
  void follow_causes();
  void look_back();
  bool wants(const Event& event) const;
  void add(const Event& event, bool in_chain);
  std::set<trace::NodeId> concerned() const;
  std::string table() const;

  const trace::Reader& reader_;
  const Violation& violation_;
  std::map<trace::Seq, Line> lines_;
  std::set<trace::NodeId> chain_nodes_;
  std::map<trace::NodeId, std::size_t> wanted_;  // how many more events of a node
  bool chain_is_cut_ = false;
};

void Story::add(const Event& event, bool in_chain) {
  Line& line = lines_[event.seq];
  line.in_chain = line.in_chain || in_chain;
  if (!line.text.empty()) return;
  line.time_ns = event.time_ns;
  line.node = event.node == 0 ? "-" : reader_.node_name(event.node);
  line.text = event_text(reader_, event);
}

void Story::follow_causes() {
  EventKind later = EventKind::none;
  for (trace::Seq seq = violation_.event; seq != 0;) {
    const auto event = reader_.event(seq);
    if (!event) return;
    const Event here = *event;  // add() asks the reader for other events
    seq = cause_of(here);
    // A fiber that slept again and again: only the last time counts.
    const bool again = here.kind == EventKind::timer && later == EventKind::timer;
    later = here.kind;
    if (again) continue;
    chain_is_cut_ = lines_.size() == kChain;
    if (chain_is_cut_) return;
    if (here.node != 0) chain_nodes_.insert(here.node);
    add(here, true);
  }
}

std::set<trace::NodeId> Story::concerned() const {
  std::set<trace::NodeId> nodes;
  for (const std::string& name : violation_.nodes) {
    if (const auto node = reader_.find_node(name)) nodes.insert(*node);
  }
  if (!nodes.empty()) return nodes;
  if (reader_.node_count() > kMostNodes) return chain_nodes_;
  for (trace::NodeId node = 1; node <= reader_.node_count(); ++node) nodes.insert(node);
  return nodes;
}

bool Story::wants(const Event& event) const {
  const auto left = wanted_.find(event.node);
  if (left == wanted_.end() || left->second == 0 || is_dull(event.kind)) return false;
  return event.node != 0 || event.kind == EventKind::fault_begin ||
         event.kind == EventKind::fault_end;
}

void Story::look_back() {
  wanted_[0] = kFaults;
  for (const trace::NodeId node : concerned()) wanted_[node] = kEventsOfNode;
  std::size_t index = reader_.chunk_of(violation_.event);
  if (index >= reader_.chunk_count()) return;
  trace::Chunk chunk;
  for (std::size_t looked = 0; looked < kChunksBack; ++looked) {
    if (!reader_.decode(index, chunk)) return;
    const auto events = chunk.events();
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (event->seq > violation_.event || !wants(*event)) continue;
      --wanted_[event->node];
      add(*event, false);
    }
    if (index == 0) return;
    --index;
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string Story::table() const {
  std::size_t seq_width = 0;
  std::size_t time_width = 0;
  std::size_t node_width = 0;
  for (const auto& [seq, line] : lines_) {
    seq_width = std::max(seq_width, std::to_string(seq).size() + 1);
    time_width = std::max(time_width, format_duration(Duration(line.time_ns)).size());
    node_width = std::max(node_width, line.node.size());
  }
  std::string text;
  for (const auto& [seq, line] : lines_) {
    text += line.in_chain ? "  * " : "    ";
    text += padded("#" + std::to_string(seq), seq_width) + "  " +
            padded(format_duration(Duration(line.time_ns)), time_width) + "  " +
            padded(line.node, node_width) + "  " + line.text + "\n";
  }
  return text;
}

std::string Story::tell() {
  follow_causes();
  if (lines_.empty()) return {};
  look_back();
  std::string head = "  what led to it (* the chain of causes";
  head += chain_is_cut_ ? ", its end):\n" : "):\n";
  return head + table();
}

}  // namespace

std::string failure_story(const trace::Reader& reader, const Violation& violation) {
  return Story(reader, violation).tell();
}

}  // namespace norn::explore
