#include "model/trace_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::DropReason;
using trace::Seq;

namespace {

Index at(const TraceModel& model, Seq seq) {
  return model.events().index_of(seq);
}

}  // namespace

TEST_CASE("a message is paired with its delivery, its loss, or nothing") {
  TraceBuilder build({"a", "b"});
  const Seq first = build.at(1 * kMs).send(1, 2, "Ping");
  const Seq second = build.send(1, 2, "Ping");
  const Seq third = build.send(1, 2, "Ping");
  const Seq dropped = build.at(2 * kMs).drop(2, second, DropReason::loss);
  const Seq delivered = build.at(3 * kMs).deliver(2, first);
  const TraceModel model = build.model();

  REQUIRE(model.messages().links().size() == 1);
  const auto& messages = model.messages().links()[0].messages;
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].fate == Fate::delivered);
  CHECK(messages[0].end == at(model, delivered));
  CHECK(messages[1].fate == Fate::lost);
  CHECK(messages[1].end == at(model, dropped));
  CHECK(messages[2].fate == Fate::in_flight);
  CHECK(model.messages().count() == 3);
  CHECK(model.messages().lost_count() == 1);
  CHECK(model.messages().typical_latency_ns() == 2 * kMs);
  for (const Seq seq : {first, delivered}) {
    CHECK(model.message_of(at(model, seq)).message == &messages[0]);
  }
  CHECK(model.message_of(at(model, third)).message == &messages[2]);
  CHECK(model.message_of(at(model, dropped)).message == &messages[1]);
}

TEST_CASE("the second copy of a duplicated message is a message of its own") {
  TraceBuilder build({"a", "b"});
  const Seq sent = build.at(1 * kMs).send(1, 2, "Ping");
  build.duplicate(1, sent);
  const Seq first = build.at(2 * kMs).deliver(2, sent);
  const Seq other = build.at(3 * kMs).send(1, 2, "Ping");
  const Seq second = build.at(4 * kMs).deliver(2, sent);
  build.at(5 * kMs).deliver(2, other);
  const TraceModel model = build.model();

  const auto& messages = model.messages().links()[0].messages;
  REQUIRE(messages.size() == 3);
  CHECK_FALSE(messages[0].duplicate);
  CHECK(messages[1].duplicate);
  CHECK(messages[1].send == messages[0].send);
  CHECK(model.message_of(at(model, first)).message == &messages[0]);
  CHECK(model.message_of(at(model, second)).message == &messages[1]);
}

TEST_CASE("held and late messages are marked") {
  TraceBuilder build({"a", "b"});
  for (int i = 0; i < 10; ++i) {
    const Seq sent = build.at((10 + 5 * i) * kMs).send(1, 2, "Ping");
    build.at((12 + 5 * i) * kMs).deliver(2, sent);
  }
  const Seq held = build.at(100 * kMs).send(1, 2, "Ping");
  build.hold(1, held);
  build.at(150 * kMs).deliver(2, held);
  const TraceModel model = build.model();
  const auto& messages = model.messages().links()[0].messages;
  CHECK(messages.back().held);
  CHECK(messages.back().slow);
  CHECK_FALSE(messages.front().held);
  CHECK_FALSE(messages.front().slow);
}

TEST_CASE("a send to a name that no node has goes nowhere and breaks nothing") {
  TraceBuilder build({"a"});
  const Seq sent = build.send(1, 99, "Ping");
  build.drop(0, sent, DropReason::unknown_peer);
  const TraceModel model = build.model();
  REQUIRE(model.messages().links().size() == 1);
  CHECK(model.messages().links()[0].to == 0);
  CHECK(model.messages().links()[0].messages[0].fate == Fate::lost);
}

TEST_CASE("lives are told apart by crash and restart") {
  TraceBuilder build({"a"});
  build.at(1 * kMs).start(1);
  const Seq alive = build.at(2 * kMs).timer(1);
  const Seq crash = build.at(5 * kMs).crash(1);
  const Seq dead = build.at(6 * kMs).log(0, trace::LogLevel::info, "nobody");
  build.at(9 * kMs).start(1);
  const Seq again = build.at(10 * kMs).timer(1);
  const TraceModel model = build.model();
  const Lane& lane = model.lanes().of(1);
  REQUIRE(lane.lives.size() == 2);
  CHECK(lane.lives[0].how == Life::End::crashed);
  CHECK(lane.lives[0].end == at(model, crash));
  CHECK(lane.lives[1].how == Life::End::running);
  CHECK(lane.lives[1].incarnation == 2);
  CHECK(Lanes::life_at(lane, at(model, alive)) == &lane.lives[0]);
  CHECK(Lanes::life_at(lane, at(model, dead)) == nullptr);
  CHECK(Lanes::life_at(lane, at(model, again)) == &lane.lives[1]);
}

TEST_CASE("published state is known at every event") {
  TraceBuilder build({"a", "b"});
  build.state(1, "role", "\"follower\"");
  const Seq one = build.state(1, "term", "1");
  build.state(2, "term", "9");
  const Seq elected = build.state(1, "role", "\"leader\"");
  build.state(1, "term", "2");
  build.state(1, "voters", "[1, 2]");
  const TraceModel model = build.model();
  const StateTrack* const roles = model.state().track(1, model.role_key());
  const StateTrack* const terms = model.state().track(1, model.term_key());
  REQUIRE(roles != nullptr);
  REQUIRE(terms != nullptr);
  CHECK(model.state().value(*PublishedState::at(*roles, at(model, one))) == "follower");
  CHECK(model.state().value(*PublishedState::at(*roles, at(model, elected))) == "leader");
  CHECK(model.state().value(*PublishedState::at(*terms, at(model, elected))) == "1");
  CHECK(PublishedState::at(*terms, 0) == nullptr);
  REQUIRE(model.state().tracks_of(1).size() == 3);
  CHECK(model.state().value(model.state().tracks_of(1)[2]->changes[0]) == "[1,2]");
}

TEST_CASE("faults have their sides, their span and what they bit") {
  TraceBuilder build({"n1", "n2", "n3"});
  const Seq begin =
      build.at(1 * kMs).fault_begin(4, "partition", R"({"side_a":["n1"],"side_b":["n2","n3"]})");
  const Seq end = build.at(9 * kMs).fault_end(4, "partition", 17);
  build.fault_begin(5, "partition_one_way", R"({"side_a":["n3"],"side_b":["n1"]})");
  build.fault_begin(6, "crash", R"({"side_a":["n2"]})");
  const TraceModel model = build.model();
  REQUIRE(model.faults().size() == 3);
  const Fault& fault = model.faults()[0];
  CHECK(fault.is_partition());
  CHECK(fault.label == "partition  n1 | n2 n3");
  CHECK(fault.begin == at(model, begin));
  CHECK(fault.end == at(model, end));
  CHECK(fault.bit == 17);
  CHECK(fault.side_of(1) == 0);
  CHECK(fault.side_of(3) == 1);
  CHECK(model.faults()[1].is_one_way());
  CHECK(model.faults()[1].side_of(2) == -1);
  CHECK(model.faults()[1].end == kNone);
  CHECK(model.faults()[2].instant);
  CHECK(model.faults()[2].label == "crash  n2");
}

TEST_CASE("a partition that names one side cuts it off from everyone else") {
  TraceBuilder build({"n1", "n2", "n3"});
  build.fault_begin(0, "partition", R"({"side_a":["n2"]})");
  const TraceModel model = build.model();
  CHECK(model.faults()[0].label == "partition  n2 | n1 n3");
  CHECK(model.faults()[0].side_of(1) == 1);
}

TEST_CASE("a fault whose description is no JSON still has its place in time") {
  TraceBuilder build({"n1"});
  build.fault_begin(0, "partition", "{ broken");
  build.fault_begin(1, "partition", R"({"side_a": 7, "side_b": ["nobody"]})");
  const TraceModel model = build.model();
  REQUIRE(model.faults().size() == 2);
  CHECK_FALSE(model.faults()[0].is_partition());
  CHECK(model.faults()[0].nodes.empty());
}

TEST_CASE("the chain of causes leads back to a root") {
  TraceBuilder build({"a", "b"});
  const Seq root = build.timer(1);
  const Seq sent = build.send(1, 2, "Ping", root);
  const Seq got = build.at(1 * kMs).deliver(2, sent);
  const Seq changed = build.state(2, "term", "1", got);
  const TraceModel model = build.model();
  const auto chain = model.chain_of(at(model, changed), 10);
  REQUIRE(chain.events.size() == 4);
  CHECK(chain.events[1] == at(model, got));
  CHECK(chain.events[2] == at(model, sent));
  CHECK(chain.root == at(model, root));
  CHECK(chain.omitted == 0);

  const auto cut = model.chain_of(at(model, changed), 2);
  CHECK(cut.events.size() == 2);
  CHECK(cut.root == at(model, root));
  CHECK(cut.omitted == 1);
}

TEST_CASE("the operations open at an event are those called before it and answered after it") {
  // Eight clients, two of which give up now and then, against a walk over all operations.
  TraceBuilder build({"a", "b"});
  struct Known {
    Seq call = 0;
    Seq answer = 0;
  };
  std::vector<Known> known;
  std::array<std::size_t, 8> under_way{};
  std::array<bool, 8> busy{};
  std::mt19937 random(7);
  for (int step = 0; step < 6000; ++step) {
    const std::size_t client = random() % 8;
    build.at(step * kMs);
    if (!busy[client]) {
      under_way[client] = known.size();
      known.push_back({.call = build.call(client, known.size() + 1, "get", "[1]")});
    } else if (client > 1 || random() % 4 != 0) {
      const std::size_t number = under_way[client];
      known[number].answer = build.ret(client, number + 1, trace::OpOutcome::ok, "1");
    }
    busy[client] = !busy[client];
  }
  const TraceModel model = build.model();
  REQUIRE(model.operations().size() == known.size());
  for (Index event = 0; event < model.events().size(); event += 13) {
    const Seq seq = model.events().seq(event);
    std::vector<Index> expected;
    for (const Known& operation : known) {
      if (operation.call <= seq && (operation.answer == 0 || operation.answer >= seq))
        expected.push_back(at(model, operation.call));
    }
    std::vector<Index> found;
    for (const ClientOperation& operation : model.operations().at(event))
      found.push_back(operation.call);
    CAPTURE(event);
    REQUIRE(found == expected);
  }
}

TEST_CASE("an event of a node that does not exist is an error that names it") {
  TraceBuilder build({"a"});
  build.source().events.push_back({.seq = 1, .kind = trace::EventKind::timer, .node = 12});
  const auto built = TraceModel::build(build.take());
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message.find("node 12") != std::string::npos);
}

TEST_CASE("an empty trace is a model of nothing") {
  const TraceModel model = TraceBuilder({}).model();
  CHECK(model.events().empty());
  CHECK(model.run_end() == kNone);
}

TEST_CASE("the made-up Raft run has what its picture shows") {
  auto built = TraceModel::build(test::fake_raft());
  REQUIRE(built.ok());
  const TraceModel& model = *built;
  CHECK(model.lanes().node_count() == 5);
  CHECK(model.faults().size() == 2);
  CHECK(model.violations().size() == 1);
  CHECK(model.messages().lost_count() > 20);
  CHECK(model.lanes().of(5).lives.size() == 2);
}

TEST_CASE("a million events take at most 40 bytes each") {
  auto built = TraceModel::build(test::busy_trace(1'000'000, 7));
  REQUIRE(built.ok());
  const double each =
      static_cast<double>(built->bytes()) / static_cast<double>(built->events().size());
  CHECK(each <= 40);
}

}  // namespace norn::viewer
