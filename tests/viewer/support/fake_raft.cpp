#include "viewer/support/fake_raft.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace norn::viewer::test {
namespace {

using trace::DropReason;
using trace::NodeId;
using trace::Seq;

// A small generator of our own: tests must not depend on a library's distribution.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    // splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014)
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return (z ^ (z >> 31U)) % n;
  }

 private:
  std::uint64_t state_;
};

// What still has to happen, in order of time.
struct Pending {
  enum class What { heartbeat, arrive, election, win, partition, heal, crash, restart };
  std::int64_t time_ns = 0;
  std::uint64_t order = 0;
  What what = What::heartbeat;
  NodeId node = 0;
  NodeId from = 0;
  Seq send = 0;
  std::string message = {};
  bool lost = false;
  bool copy = false;
  friend bool operator>(const Pending& x, const Pending& y) {
    return std::pair(x.time_ns, x.order) > std::pair(y.time_ns, y.order);
  }
};

class FakeRaft {
 public:
  FakeRaft() : build_({"n1", "n2", "n3", "n4", "n5"}) {}
  std::unique_ptr<MemorySource> run();

 private:
  void handle(const Pending& p);
  void push(Pending p) {
    p.order = ++order_;
    queue_.push(std::move(p));
  }
  void send(NodeId from, NodeId to, const std::string& message, Seq cause);
  void arrive(const Pending& p);
  void begin_election(NodeId node, Seq cause);
  void heartbeat(NodeId node);
  bool cut(NodeId x, NodeId y) const { return partitioned_ && (x <= 2) != (y <= 2); }

  TraceBuilder build_;
  Dice dice_{7};
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  bool partitioned_ = false;
  bool n5_up_ = true;
  NodeId leader_ = 0;
  NodeId old_leader_ = 0;
  int term_ = 0;
  Seq crash_ = 0;
};

void FakeRaft::send(NodeId from, NodeId to, const std::string& message, Seq cause) {
  const std::string payload =
      "{\"term\":" + std::to_string(term_) + ",\"from\":\"n" + std::to_string(from) + "\"}";
  const Seq sent = build_.send(from, to, message, cause, payload);
  std::int64_t latency = 6 * kMs + static_cast<std::int64_t>(dice_.below(9 * kMs));
  const auto luck = dice_.below(100);
  if (luck == 0) latency *= 7;
  if (luck == 1) {
    build_.duplicate(from, sent);
    push({.time_ns = build_.now() + latency + 21 * kMs,
          .what = Pending::What::arrive,
          .node = to,
          .from = from,
          .send = sent,
          .message = message,
          .copy = true});
  }
  push({.time_ns = build_.now() + latency,
        .what = Pending::What::arrive,
        .node = to,
        .from = from,
        .send = sent,
        .message = message,
        .lost = luck == 2 || luck == 3});
}

void FakeRaft::arrive(const Pending& p) {
  if (cut(p.node, p.from)) {
    build_.drop(p.node, p.send, DropReason::partition);
  } else if (p.node == 5 && !n5_up_) {
    build_.drop(p.node, p.send, DropReason::dead_peer);
  } else if (p.lost) {
    build_.drop(p.node, p.send, DropReason::loss);
  } else {
    const Seq got = build_.deliver(p.node, p.send);
    if (p.copy) return;
    if (p.message == "AppendEntries") send(p.node, p.from, "AppendReply", got);
    if (p.message == "RequestVote") {
      build_.state(p.node, "term", std::to_string(term_), got);
      send(p.node, p.from, "Vote", got);
    }
    if (p.message == "AppendEntries" && p.node == old_leader_) {
      build_.state(p.node, "role", "\"follower\"", got);
      build_.state(p.node, "term", std::to_string(term_), got);
      old_leader_ = 0;
    }
  }
}

void FakeRaft::begin_election(NodeId node, Seq cause) {
  ++term_;
  build_.state(node, "role", "\"candidate\"", cause);
  const Seq voted = build_.state(node, "term", std::to_string(term_), cause);
  for (NodeId to = 1; to <= 5; ++to) {
    if (to != node) send(node, to, "RequestVote", voted);
  }
  push({.time_ns = build_.now() + 34 * kMs, .what = Pending::What::win, .node = node});
}

void FakeRaft::heartbeat(NodeId node) {
  if (node != leader_ && node != old_leader_) return;
  const Seq woken = build_.timer(node);
  for (NodeId to = 1; to <= 5; ++to) {
    if (to != node) send(node, to, "AppendEntries", woken);
  }
  push({.time_ns = build_.now() + 80 * kMs, .what = Pending::What::heartbeat, .node = node});
}

void FakeRaft::handle(const Pending& p) {
  using What = Pending::What;
  switch (p.what) {
    case What::heartbeat:
      heartbeat(p.node);
      break;
    case What::arrive:
      arrive(p);
      break;
    case What::election:
      begin_election(p.node, build_.timer(p.node));
      break;
    case What::win: {
      if (leader_ != 0) old_leader_ = leader_;
      leader_ = p.node;
      const Seq won = build_.state(p.node, "role", "\"leader\"");
      build_.log(p.node, trace::LogLevel::info, "won the election of term " + std::to_string(term_),
                 won);
      heartbeat(p.node);
      break;
    }
    case What::partition:
      build_.fault_begin(0, "partition",
                         R"({"kind":"partition","side_a":["n1","n2"],"side_b":["n3","n4","n5"]})");
      partitioned_ = true;
      break;
    case What::heal:
      build_.fault_end(0, "partition", 31);
      partitioned_ = false;
      break;
    case What::crash:
      crash_ =
          build_.fault_begin(1, "crash", R"({"kind":"crash","side_a":["n5"],"lasts":"350ms"})");
      build_.crash(5, crash_);
      n5_up_ = false;
      break;
    case What::restart: {
      const Seq end = build_.fault_end(1, "crash", 1);
      build_.start(5, end);
      build_.state(5, "role", "\"follower\"");
      n5_up_ = true;
      break;
    }
  }
}

std::unique_ptr<MemorySource> FakeRaft::run() {
  using What = Pending::What;
  build_.source().run_facts = {.scenario = "raft",
                               .seed = 7,
                               .variant = "vote-not-persisted",
                               .replay = "scenario-raft --variant vote-not-persisted --seed 7",
                               .complete = true};
  for (NodeId node = 1; node <= 5; ++node) {
    const Seq started = build_.start(node);
    build_.state(node, "role", "\"follower\"", started);
    build_.state(node, "term", "0", started);
  }
  push({.time_ns = 180 * kMs, .what = What::election, .node = 2});
  push({.time_ns = FakeRaftTimes::kPartitionBegin, .what = What::partition});
  push({.time_ns = 1190 * kMs, .what = What::election, .node = 4});
  push({.time_ns = FakeRaftTimes::kPartitionEnd, .what = What::heal});
  push({.time_ns = FakeRaftTimes::kCrash, .what = What::crash});
  push({.time_ns = FakeRaftTimes::kRestart, .what = What::restart});
  while (!queue_.empty() && queue_.top().time_ns < FakeRaftTimes::kEnd) {
    const Pending p = queue_.top();
    queue_.pop();
    build_.at(p.time_ns);
    handle(p);
  }
  build_.at(FakeRaftTimes::kEnd);
  const Seq broken = build_.log(5, trace::LogLevel::error, "voted twice in term 2", 0);
  build_.violation(5, "election safety", "n5 voted for n4 and for n3 in term 2", broken);
  build_.run_end(trace::RunEnd::violation);
  return build_.take();
}

}  // namespace

std::unique_ptr<MemorySource> fake_raft() {
  return FakeRaft().run();
}

namespace {

// What cuts a link at a time, in milliseconds.
bool is_cut(NodeId from, NodeId to, std::int64_t ms) {
  const auto side = [](NodeId node, std::initializer_list<NodeId> members) {
    return std::find(members.begin(), members.end(), node) != members.end();
  };
  if (ms >= 100 && ms < 300 && from <= 4 && to <= 4) return from % 2 != to % 2;
  if (ms >= 330 && ms < 480) return to == 2;
  if (ms >= 520 && ms < 660 && from <= 5 && to <= 5) {
    const NodeId apart = from > to ? from - to : to - from;
    return apart == 2 || apart == 3;
  }
  if (ms >= 700 && ms < 880 && from <= 5 && to <= 5)
    return side(from, {1, 2, 5}) != side(to, {1, 2, 5});
  if (ms >= 920 && ms < 1200 && ms / 70 % 2 == 0) return (from <= 3) != (to <= 3);
  return false;
}

struct FakeFault {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;  // 0: it does not end
  const char* kind = "";
  const char* fault = "";
};

constexpr FakeFault kFakeFaults[] = {
    {100, 300, "partition", R"({"side_a":["n1","n3"],"side_b":["n2","n4"]})"},
    {150, 700, "clock_skew", R"({"side_a":["n5"],"by":"-40ms","lasts":"550ms"})"},
    {200, 900, "clock_drift", R"({"side_a":["n6"],"ppm":40000,"lasts":"700ms"})"},
    {330, 480, "isolate", R"({"side_a":["n2"],"way":"in"})"},
    {400, 0, "clock_jump", R"({"side_a":["n4"],"by":"30ms"})"},
    {520, 660, "ring", R"({"side_a":["n1","n2","n3","n4","n5"],"reach":1})"},
    {600, 0, "clock_slew", R"({"side_a":["n4"],"ppm":100000})"},
    {700, 880, "split", R"({"side_a":["n1","n2","n3","n4","n5"],"minority":2})"},
    {920, 1200, "flapping", R"({"side_a":["zone:east","n3"],"side_b":["n4","zone:north"]})"},
    {1230, 1330, "hold", R"({"side_a":["n1"],"side_b":["n2"],"lasts":"100ms"})"},
    {1240, 1380, "loss", R"({"side_a":["n6"],"share":"1/5","way":"both","lasts":"140ms"})"},
};

}  // namespace

std::unique_ptr<MemorySource> fake_faults() {
  constexpr std::int64_t kEndMs = 1400;
  constexpr std::int64_t kLatencyMs = 6;
  TraceBuilder build({"n1", "n2", "n3", "n4", "n5", "n6"});
  build.source().zones = {"east", "east", "west", "west", "north", "north"};
  build.source().run_facts.scenario = "faults";
  build.source().run_facts.seed = 1;
  for (NodeId node = 1; node <= 6; ++node) build.at(0).start(node);
  std::multimap<std::int64_t, std::pair<NodeId, Seq>> arriving;
  Dice dice(3);
  for (std::int64_t ms = 1; ms < kEndMs; ++ms) {
    build.at(ms * kMs);
    for (std::size_t i = 0; i < std::size(kFakeFaults); ++i) {
      if (kFakeFaults[i].from_ms == ms)
        build.fault_begin(i, kFakeFaults[i].kind, kFakeFaults[i].fault);
      if (kFakeFaults[i].to_ms == ms) build.fault_end(i, kFakeFaults[i].kind, 1);
    }
    for (auto next = arriving.begin(); next != arriving.end() && next->first <= ms;
         next = arriving.erase(next))
      build.deliver(next->second.first, next->second.second);
    if (ms % 10 != 0) continue;
    const auto from = static_cast<NodeId>(1 + ms / 10 % 6);
    for (NodeId to = 1; to <= 6; ++to) {
      if (to == from) continue;
      const Seq sent = build.send(from, to, "Ask");
      const bool held = from == 1 && to == 2 && ms >= 1230 && ms < 1330;
      if (is_cut(from, to, ms)) {
        build.drop(to, sent, DropReason::partition);
      } else if ((from == 6 || to == 6) && ms >= 1240 && ms < 1380 && dice.below(3) == 0) {
        build.drop(to, sent, DropReason::loss);
      } else {
        if (held) build.hold(from, sent);
        arriving.emplace((held ? 1330 : ms) + kLatencyMs, std::pair(to, sent));
      }
    }
  }
  build.at(kEndMs * kMs).run_end(trace::RunEnd::completed);
  return build.take();
}

std::unique_ptr<MemorySource> busy_trace(std::uint64_t events, std::uint32_t nodes) {
  std::vector<std::string> names;
  for (std::uint32_t i = 1; i <= nodes; ++i) names.push_back("n" + std::to_string(i));
  TraceBuilder build(std::move(names));
  Dice dice(11);
  for (NodeId node = 1; node <= nodes; ++node) build.start(node);
  struct Flight {
    std::int64_t time_ns;
    Seq send;
    NodeId to;
    bool operator>(const Flight& other) const { return time_ns > other.time_ns; }
  };
  std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights;
  std::uint64_t made = nodes;
  std::uint64_t faults = 0;
  for (std::int64_t t = 0; made < events; t += 20'000) {
    while (!flights.empty() && flights.top().time_ns <= t) {
      const Flight f = flights.top();
      flights.pop();
      build.at(std::max(f.time_ns, build.now()));
      if (dice.below(50) == 0) {
        build.drop(f.to, f.send, DropReason::loss);
      } else {
        build.deliver(f.to, f.send);
      }
      ++made;
    }
    build.at(t);
    const auto from = static_cast<NodeId>(1 + dice.below(nodes));
    const auto to = static_cast<NodeId>(1 + (from + dice.below(nodes - 1)) % nodes);
    const Seq sent = build.send(from, to, "Ping");
    flights.push({.time_ns = t + 500'000 + static_cast<std::int64_t>(dice.below(2 * kMs)),
                  .send = sent,
                  .to = to});
    ++made;
    if (dice.below(4) == 0) build.timer(from), ++made;
    if (dice.below(200) == 0)
      build.state(from, "role", dice.below(5) == 0 ? "\"leader\"" : "\"follower\""), ++made;
    if (dice.below(100'000) == 0) {
      build.fault_begin(++faults, "partition", R"({"side_a":["n1"]})");
      build.at(t + 10'000).fault_end(faults, "partition", 3);
      made += 2;
    }
  }
  build.run_end(trace::RunEnd::completed);
  return build.take();
}

}  // namespace norn::viewer::test
