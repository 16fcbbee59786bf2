#include "made_trace.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <queue>
#include <span>
#include <string_view>
#include <vector>

#include "norn/trace/recorder.hpp"

namespace norn::viewer_bench {
namespace {

using trace::EventKind;
using trace::NodeId;
using trace::Recorder;
using trace::Seq;

constexpr std::int64_t kStepNs = 30'000;
constexpr std::int64_t kLeastLatencyNs = 400'000;
constexpr std::int64_t kMoreLatencyNs = 1'200'000;
constexpr std::int64_t kFaultEveryNs = 1'000'000'000;
constexpr std::int64_t kFaultLastsNs = 300'000'000;

struct OnWay {
  std::int64_t at_ns = 0;
  Seq send = 0;
  NodeId from = 0;
  NodeId to = 0;
  trace::StringId message = 0;
  std::uint32_t bytes = 0;
  bool operator>(const OnWay& other) const {
    return at_ns != other.at_ns ? at_ns > other.at_ns : send > other.send;
  }
};

class Cluster {
 public:
  Cluster(Recorder& recorder, const MadeTrace& what) : recorder_(recorder), what_(what) {}
  void run();

 private:
  void begin();
  void act();
  void arrive();
  void faults();
  void send(NodeId from, NodeId to);
  Seq record(EventKind kind, NodeId node, std::uint64_t a, std::uint64_t b, std::string_view text,
             std::string_view payload);
  std::uint64_t draw(std::uint64_t below) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_ % below;
  }
  bool cut(NodeId x, NodeId y) const {
    return fault_on_ && !crash_ && (x <= what_.nodes / 2) != (y <= what_.nodes / 2);
  }
  bool down(NodeId node) const { return fault_on_ && crash_ && node == victim_; }

  Recorder& recorder_;
  MadeTrace what_;
  std::priority_queue<OnWay, std::vector<OnWay>, std::greater<>> on_way_;
  std::int64_t now_ns_ = 0;
  std::uint64_t state_ = 88172645463325252ULL;
  std::uint64_t fault_ = 0;
  bool fault_on_ = false;
  bool crash_ = false;
  NodeId victim_ = 1;
  std::vector<std::uint64_t> life_;
  std::vector<Seq> last_;
  std::vector<std::uint64_t> operation_;  // its number while one is open
  std::uint64_t operations_ = 0;
  std::uint64_t term_ = 1;
  std::uint64_t commit_ = 0;
};

Seq Cluster::record(EventKind kind, NodeId node, std::uint64_t a, std::uint64_t b,
                    std::string_view text, std::string_view payload) {
  trace::Event event;
  event.kind = kind;
  event.node = node;
  event.fiber = node;
  event.cause = last_[node];
  event.a = a;
  event.b = b;
  event.text = text.empty() ? 0 : recorder_.intern(text);
  event.payload = std::as_bytes(std::span(payload.data(), payload.size()));
  last_[node] = recorder_.record(event);
  return last_[node];
}

void Cluster::begin() {
  life_.assign(what_.nodes + 1, 1);
  last_.assign(what_.nodes + 1, 0);
  operation_.assign(what_.nodes + 1, 0);
  for (NodeId node = 1; node <= what_.nodes; ++node) {
    record(EventKind::node_start, node, 1, 0, {}, {});
    record(EventKind::fiber_start, node, node, 0, "main", {});
    record(EventKind::state, node, 0, 0, "role", node == 1 ? "\"leader\"" : "\"follower\"");
  }
}

void Cluster::send(NodeId from, NodeId to) {
  const bool reply = draw(2) == 0;
  const trace::StringId message = recorder_.intern(reply ? "AppendReply" : "AppendEntries");
  const std::string payload =
      "{\"term\":" + std::to_string(term_) + ",\"commit\":" + std::to_string(commit_) + "}";
  recorder_.set_context(from, from, last_[from]);
  const Seq seq = recorder_.send(to, message, std::as_bytes(std::span(payload)), false);
  last_[from] = seq;
  const auto extra = static_cast<std::int64_t>(draw(kMoreLatencyNs));
  on_way_.push({.at_ns = now_ns_ + kLeastLatencyNs + extra,
                .send = seq,
                .from = from,
                .to = to,
                .message = message,
                .bytes = static_cast<std::uint32_t>(payload.size())});
}

void Cluster::arrive() {
  const OnWay message = on_way_.top();
  on_way_.pop();
  recorder_.set_time(message.at_ns);
  const bool lost = draw(200) == 0;
  if (lost || cut(message.from, message.to) || down(message.to)) {
    trace::Event event;
    event.kind = EventKind::drop;
    event.node = message.to;
    event.cause = message.send;
    event.a = message.send;
    const auto reason = lost                            ? trace::DropReason::loss
                        : cut(message.from, message.to) ? trace::DropReason::partition
                                                        : trace::DropReason::dead_peer;
    event.b = static_cast<std::uint64_t>(reason);
    recorder_.record(event);
    return;
  }
  last_[message.to] = recorder_.deliver(message.send, message.to, message.message, message.bytes);
}

void Cluster::faults() {
  const auto slot = static_cast<std::uint64_t>(now_ns_ / kFaultEveryNs);
  const bool due = slot > 0 && now_ns_ % kFaultEveryNs < kFaultLastsNs;
  if (due == fault_on_) return;
  if (due) {
    fault_ = slot;
    crash_ = slot % 2 == 0;
    victim_ = static_cast<NodeId>(slot / 2 % what_.nodes + 1);
    const std::string name = "\"n" + std::to_string(victim_) + "\"";
    std::string left;
    std::string right;
    for (NodeId node = 1; node <= what_.nodes; ++node) {
      std::string& side = node <= what_.nodes / 2 ? left : right;
      side += (side.empty() ? "\"n" : ",\"n") + std::to_string(node) + "\"";
    }
    record(EventKind::fault_begin, 0, fault_, 0, crash_ ? "crash" : "partition",
           crash_
               ? "{\"kind\":\"crash\",\"side_a\":[" + name + "]}"
               : "{\"kind\":\"partition\",\"side_a\":[" + left + "],\"side_b\":[" + right + "]}");
    if (crash_) record(EventKind::node_crash, victim_, life_[victim_], 0, {}, {});
  } else {
    if (crash_) {
      record(EventKind::node_start, victim_, ++life_[victim_], 0, {}, {});
      operation_[victim_] = 0;
      ++term_;
    }
    record(EventKind::fault_end, 0, fault_, 1, crash_ ? "crash" : "partition", {});
  }
  fault_on_ = due;
}

void Cluster::act() {
  recorder_.set_time(now_ns_);
  faults();
  const auto node = static_cast<NodeId>(draw(what_.nodes) + 1);
  if (down(node)) return;
  switch (draw(16)) {
    case 0:
      record(EventKind::state, node, 0, 0, "commit", std::to_string(++commit_));
      break;
    case 1:
      record(EventKind::state, node, 0, 0, "role", draw(3) == 0 ? "\"leader\"" : "\"follower\"");
      record(EventKind::state, node, 0, 0, "term", std::to_string(term_));
      break;
    case 2:
      record(EventKind::log, node, draw(4), 0, {}, "entry applied");
      break;
    case 3:
    case 4:
      if (operation_[node] == 0) {
        operation_[node] = ++operations_;
        record(EventKind::op_call, node, node, operation_[node], "put", "[\"x\",1]");
      } else {
        record(EventKind::op_return, node, node, operation_[node], "put", "true");
        operation_[node] = 0;
      }
      break;
    case 5:
    case 6:
    case 7:
      recorder_.timer(node, node, last_[node]);
      break;
    case 8:
      record(EventKind::fiber_block, node, node, 1, {}, {});
      break;
    default:
      send(node, static_cast<NodeId>((node + draw(what_.nodes - 1)) % what_.nodes + 1));
      break;
  }
}

void Cluster::run() {
  begin();
  while (recorder_.events() + 1 < what_.events) {
    now_ns_ += kStepNs;
    while (!on_way_.empty() && on_way_.top().at_ns <= now_ns_) arrive();
    act();
  }
  recorder_.set_time(now_ns_);
  record(EventKind::violation, 0, 0, 0, "made up", "so that there is one");
}

}  // namespace

Result<void> make_trace(const MadeTrace& what, const std::string& path) {
  std::vector<std::string> names;
  for (NodeId node = 1; node <= what.nodes; ++node) names.push_back("n" + std::to_string(node));
  auto recorder = Recorder::open({.mode = trace::RecorderOptions::Mode::file, .path = path},
                                 {{"scenario", "made up"}, {"seed", 1}, {"nodes", names}});
  if (!recorder) return recorder.error();
  for (NodeId node = 1; node <= what.nodes; ++node) (*recorder)->name_node(node, names[node - 1]);
  Cluster(**recorder, what).run();
  return (*recorder)->finish({{"verdict", "violation"}});
}

}  // namespace norn::viewer_bench
