#include "model/topology.hpp"

#include <chrono>
#include <cmath>
#include <set>
#include <string>

#include "model/player.hpp"
#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::FakeRaftTimes;
using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

float apart(const Place& a, const Place& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

struct Cluster {
  TraceBuilder build{{"a", "b", "c"}};
  Seq born = build.at(0).start(1);
  Seq born_b = build.start(2);
  Seq leads = build.at(10 * kMs).state(1, "role", "\"leader\"");
  Seq term = build.state(1, "term", "3");
  Seq sent = build.at(20 * kMs).send(1, 2, "Append");
  Seq held = build.at(22 * kMs).send(1, 3, "Append");
  Seq cut = build.at(25 * kMs).fault_begin(0, "partition", R"({"side_a":["a"],"side_b":["b"]})");
  Seq got = build.at(30 * kMs).deliver(2, sent);
  Seq lost_sent = build.at(35 * kMs).send(1, 2, "Vote");
  Seq lost = build.drop(2, lost_sent, trace::DropReason::partition);
  Seq crash = build.at(40 * kMs).crash(1);
  Seq healed = build.at(45 * kMs).fault_end(0, "partition", 1);
  Seq paused = build.at(50 * kMs).fault_begin(1, "pause", R"({"side_a":["b"]})");
  Seq again = build.at(60 * kMs).start(1);
  Seq end = build.at(100 * kMs).run_end(trace::RunEnd::completed);
  TraceModel model = build.model();
  Topology topology{model};

  Cluster() { topology.wait(); }
  Index at(Seq seq) const { return model.events().index_of(seq); }
  ClusterAt after(Seq seq) const {
    return topology.at(at(seq), static_cast<double>(model.events().time_ns(at(seq))), 5.0 * kMs);
  }
};

}  // namespace

TEST_CASE("nodes stand around a circle, those of one zone together") {
  const auto circle = place_nodes(5, {});
  for (const Place& place : circle) CHECK(apart(place, {}) == Approx(1));
  CHECK(circle[0].y == Approx(-1));
  CHECK(apart(circle[0], circle[1]) == Approx(apart(circle[1], circle[2])));
  const std::vector<std::string> zones = {"east", "west", "east", "west"};
  const auto zoned = place_nodes(4, zones);
  CHECK(apart(zoned[0], zoned[2]) < apart(zoned[0], zoned[1]));
  CHECK(apart(zoned[1], zoned[3]) < apart(zoned[2], zoned[1]));
  CHECK(apart(place_nodes(1, {})[0], {}) == Approx(0));
}

TEST_CASE("a hull goes around all its places and not around others") {
  const std::vector<Place> places = {{0, 0}, {1, 0}, {0, 1}};
  const auto hull = hull_of(places, 0.1F);
  const auto inside = [&](const Place& p) {
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const Place& a = hull[i];
      const Place& b = hull[(i + 1) % hull.size()];
      if ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) < 0) return false;
    }
    return true;
  };
  for (const Place& place : places) CHECK(inside(place));
  CHECK(inside({0.4F, 0.4F}));
  CHECK_FALSE(inside({1, 1}));
  CHECK(hull_of({}, 1).empty());
}

TEST_CASE_METHOD(Cluster, "nodes are up, down, paused or not started, with what they published") {
  CHECK(topology.at(kNone, 0, 0).nodes[0].state == NodeAt::State::not_started);
  const auto early = after(born);
  CHECK(early.nodes[0].state == NodeAt::State::up);
  CHECK(early.nodes[1].state == NodeAt::State::not_started);
  const auto leading = after(term);
  CHECK(leading.nodes[0].role == "leader");
  REQUIRE(leading.nodes[0].published.size() == 1);
  CHECK(leading.nodes[0].published[0] == std::pair<std::string, std::string>("term", "3"));
  CHECK(after(crash).nodes[0].state == NodeAt::State::down);
  const auto reborn = after(again);
  CHECK(reborn.nodes[0].incarnation == 2);
  CHECK(reborn.nodes[0].role.empty());
  CHECK(reborn.nodes[0].published.empty());
  CHECK(reborn.nodes[1].state == NodeAt::State::paused);
}

TEST_CASE_METHOD(Cluster, "messages on their way are listed with how far they are") {
  const auto halfway = topology.at(at(cut), 25.0 * kMs, 5.0 * kMs);
  REQUIRE(halfway.flying.size() == 2);
  CHECK(halfway.flying[0].share == Approx(0.5));
  CHECK(after(got).flying.size() == 1);
  // The one that is never delivered is on its way to the end.
  CHECK(after(end).flying.size() == 1);
  const auto loss = after(lost);
  REQUIRE(loss.just_lost.size() == 1);
  CHECK(loss.just_lost[0].message->send == at(lost_sent));
  CHECK(after(paused).just_lost.empty());
}

TEST_CASE_METHOD(Cluster, "partitions and holds cut links while they last") {
  const auto cut_now = after(got);
  REQUIRE(cut_now.faults.size() == 1);
  CHECK(Topology::cut_of(cut_now, 1, 2) == Topology::Cut::cut);
  CHECK(Topology::cut_of(cut_now, 2, 1) == Topology::Cut::cut);
  CHECK(Topology::cut_of(cut_now, 1, 3) == Topology::Cut::open);
  CHECK(after(sent).faults.empty());
  CHECK(Topology::cut_of(after(healed), 1, 2) == Topology::Cut::open);
}

TEST_CASE("a hold and a partition one way cut one direction") {
  TraceBuilder build({"a", "b"});
  build.fault_begin(0, "hold", R"({"side_a":["a"],"side_b":["b"]})");
  build.fault_begin(1, "partition_one_way", R"({"side_a":["b"],"side_b":["a"]})");
  build.at(1 * kMs).timer(1);
  const TraceModel model = build.model();
  const Topology topology(model);
  const auto cluster = topology.at(2, 1.0 * kMs, 0);
  CHECK(Topology::cut_of(cluster, 1, 2) == Topology::Cut::held);
  CHECK(Topology::cut_of(cluster, 2, 1) == Topology::Cut::cut);
}

TEST_CASE("what is on its way is found whatever was held back before") {
  TraceBuilder build({"a", "b"});
  const Seq stuck = build.at(0).send(1, 2, "Stuck");
  std::vector<Seq> recent;
  for (int i = 1; i <= 1000; ++i) {
    const Seq sent = build.at(i * kMs).send(1, 2, "M");
    recent.push_back(sent);
    if (i > 2) build.deliver(2, recent[static_cast<std::size_t>(i) - 3]);
  }
  build.at(1001 * kMs).deliver(2, stuck);
  const TraceModel model = build.model();
  const Topology topology(model);
  topology.wait();
  const EventTable& events = model.events();
  for (Index event = 0; event < events.size(); event += 37) {
    // By looking at every message.
    std::set<Index> expected;
    for (const Link& link : model.messages().links()) {
      for (const Message& m : link.messages) {
        if (m.send <= event && m.end > event) expected.insert(m.send);
      }
    }
    std::set<Index> found;
    const auto t = static_cast<double>(events.time_ns(event));
    for (const FlyingMessage& m : topology.at(event, t, 0).flying)
      found.insert(m.ref.message->send);
    CHECK(found == expected);
  }
}

TEST_CASE("the use of links counts what was sent and lost in a stretch") {
  const TraceModel model = TraceModel::build(test::fake_raft()).value();
  const Topology topology(model);
  const EventTable& events = model.events();
  const double begin = FakeRaftTimes::kPartitionBegin;
  const double end = FakeRaftTimes::kPartitionEnd;
  const auto use = topology.use(begin, end);
  REQUIRE(use.size() == model.messages().links().size());
  for (std::size_t i = 0; i < use.size(); ++i) {
    LinkUse expected;
    for (const Message& m : model.messages().links()[i].messages) {
      const auto t = static_cast<double>(events.time_ns(m.send));
      if (t <= begin || t > end) continue;
      ++expected.sent;
      if (m.fate == Fate::lost) ++expected.lost;
    }
    CHECK((use[i].sent == expected.sent && use[i].lost == expected.lost));
  }
}

TEST_CASE("a moment of a million events is found in little time and memory") {
  const TraceModel model = TraceModel::build(test::busy_trace(1'000'000, 8)).value();
  const Topology topology(model);
  topology.wait();
  CHECK(topology.bytes() < model.events().size() / 4);
  using Clock = std::chrono::steady_clock;
  Clock::duration longest{};
  for (Index event = 0; event < model.events().size(); event += 49'999) {
    const auto begin = Clock::now();
    const auto t = static_cast<double>(model.events().time_ns(event));
    CHECK(topology.at(event, t, 1e7).nodes.size() == 8);
    longest = std::max(longest, Clock::now() - begin);
  }
  CHECK(longest < std::chrono::milliseconds(200));
}

TEST_CASE_METHOD(Cluster, "playing moves as much as time has passed, and stops at the end") {
  Player player(model);
  player.go_to(10.0 * kMs);
  player.set_speed(20.0 * kMs);
  player.advance(1);
  CHECK(player.time_ns() == 10.0 * kMs);
  player.play();
  player.advance(0.05);
  CHECK(player.time_ns() == Approx(11.0 * kMs));
  CHECK(player.event() == at(term));
  // A window that was covered for a minute does not skip a minute.
  player.advance(60);
  CHECK(player.time_ns() == Approx(13.0 * kMs));
  player.set_speed(1e12);
  player.advance(0.1);
  CHECK_FALSE(player.playing());
  CHECK(player.event() == at(end));
  // Playing at the end begins anew.
  player.play();
  CHECK(player.time_ns() == 0);
}

TEST_CASE_METHOD(Cluster, "a loop begins anew at its end") {
  Player player(model);
  player.set_loop(Player::Range{.begin_ns = 50.0 * kMs, .end_ns = 30.0 * kMs});
  player.play();
  CHECK(player.time_ns() == 30.0 * kMs);
  player.set_speed(100.0 * kMs);
  player.advance(0.1);
  CHECK(player.time_ns() == 40.0 * kMs);
  player.advance(0.1);
  CHECK(player.time_ns() == 30.0 * kMs);
  CHECK(player.playing());
  player.set_loop(Player::Range{.begin_ns = 5, .end_ns = 5});
  CHECK_FALSE(player.loop());
}

TEST_CASE_METHOD(Cluster, "steps go by event, by message and by fault") {
  Player player(model);
  player.go_to_event(at(born));
  CHECK(player.step(StepBy::event, 1));
  CHECK(player.event() == at(born_b));
  CHECK(player.step(StepBy::message, 1));
  CHECK(player.event() == at(sent));
  CHECK(player.step(StepBy::fault, 1));
  CHECK(player.event() == at(cut));
  CHECK(player.step(StepBy::message, 1));
  CHECK(player.event() == at(got));
  CHECK(player.step(StepBy::fault, 1));
  CHECK(player.event() == at(healed));
  CHECK(player.step(StepBy::fault, -1));
  CHECK(player.event() == at(cut));
  CHECK_FALSE(player.step(StepBy::fault, -1));
  CHECK(player.step(StepBy::message, -1));
  CHECK(player.event() == at(held));
  player.go_to_event(at(end));
  CHECK_FALSE(player.step(StepBy::event, 1));
  CHECK_FALSE(player.step(StepBy::message, 1));
}

TEST_CASE("an empty trace can neither be played nor stepped through") {
  const TraceModel model = TraceBuilder({}).model();
  Player player(model);
  player.play();
  CHECK_FALSE(player.playing());
  CHECK_FALSE(player.step(StepBy::event, 1));
  CHECK_FALSE(player.step(StepBy::message, -1));
  CHECK_FALSE(player.step(StepBy::fault, 1));
}

TEST_CASE("a filter leaves its messages in the matrix and in the steps") {
  const auto model = TraceModel::build(test::fake_raft()).value();
  EventFilter filter(model, {.indexed = true});
  REQUIRE(filter.set({.text = "drop"}));
  filter.run();
  const Topology topology(model);
  const auto end = static_cast<double>(model.events().end_ns());
  const auto all = topology.use(-1, end);
  const auto passing = topology.use(-1, end, filter.index());
  REQUIRE(passing.size() == all.size());
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(passing[i].sent == all[i].lost);
    CHECK(passing[i].lost == all[i].lost);
    lost += all[i].lost;
  }
  CHECK(lost > 0);
  Player player(model);
  player.go_to(0);
  for (Index i = 0; i < filter.count(); ++i) {
    REQUIRE(player.step(StepBy::message, 1, &filter));
    CHECK(player.event() == filter.at(i));
  }
  CHECK_FALSE(player.step(StepBy::event, 1, &filter));
  CHECK(player.step(StepBy::event, 1));
  REQUIRE(player.step(StepBy::event, -1, &filter));
  CHECK(player.event() == filter.at(filter.count() - 1));
}

}  // namespace norn::viewer
