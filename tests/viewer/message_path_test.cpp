#include "model/message_path.hpp"

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::DropReason;
using trace::Seq;

namespace {

constexpr float kRow = 100;

LaneLayout layout_of(const TraceModel& model) {
  LaneLayout layout;
  const auto nodes = static_cast<std::uint32_t>(model.lanes().node_count());
  layout.place(nodes, kRow * static_cast<float>(nodes), 0);
  return layout;
}

MessagePath path_of(const TraceModel& model, Seq event) {
  const LaneLayout layout = layout_of(model);
  const auto found = model.message_of(model.events().index_of(event));
  REQUIRE(found);
  return Paths(model, layout).of(*found.link, *found.message);
}

// One message that arrives after 10 ms, so that a typical latency is known.
TraceBuilder with_latency() {
  TraceBuilder build({"n1", "n2", "n3", "n4"});
  const Seq sent = build.at(0).send(1, 2, "Ping");
  build.at(10 * kMs).deliver(2, sent);
  return build;
}

}  // namespace

TEST_CASE("a delivered message goes from lane to lane with its true times") {
  TraceBuilder build({"n1", "n2"});
  const Seq sent = build.at(1 * kMs).send(1, 2, "Ping");
  build.at(4 * kMs).deliver(2, sent);
  const MessagePath path = path_of(build.model(), sent);
  CHECK(path.begin_ns == 1 * kMs);
  CHECK(path.end_ns == 4 * kMs);
  CHECK(path.begin_y == kRow / 2);
  CHECK(path.end_y == kRow * 1.5F);
  CHECK(path.loss == Loss::none);
}

TEST_CASE("a message that a partition stops ends at the wall, with its usual slope") {
  TraceBuilder build = with_latency();
  build.at(20 * kMs).fault_begin(0, "partition", R"({"side_a":["n1","n2"],"side_b":["n3","n4"]})");
  const Seq sent = build.at(30 * kMs).send(1, 4, "Ping");
  build.drop(4, sent, DropReason::partition);
  const MessagePath path = path_of(build.model(), sent);
  CHECK(path.loss == Loss::partition);
  CHECK(path.end_y == 2 * kRow);
  CHECK(path.end_ns == Approx(35.0 * kMs));
}

TEST_CASE("going up, a message ends at the same wall") {
  TraceBuilder build = with_latency();
  build.at(20 * kMs).fault_begin(0, "partition", R"({"side_a":["n1"],"side_b":["n2","n3","n4"]})");
  const Seq sent = build.at(30 * kMs).send(3, 1, "Ping");
  build.drop(1, sent, DropReason::partition);
  CHECK(path_of(build.model(), sent).end_y == kRow);
}

TEST_CASE("a message lost by chance ends between two lanes") {
  TraceBuilder build = with_latency();
  const Seq near = build.at(30 * kMs).send(1, 2, "Ping");
  build.drop(2, near, DropReason::loss);
  const Seq far = build.send(1, 3, "Ping");
  build.drop(3, far, DropReason::loss);
  const TraceModel model = build.model();
  CHECK(path_of(model, near).end_y == kRow);
  CHECK(path_of(model, far).end_y == 2 * kRow);
  CHECK(path_of(model, far).loss == Loss::chance);
}

TEST_CASE("a message to a dead node ends at its lane when it got there") {
  TraceBuilder build = with_latency();
  const Seq sent = build.at(30 * kMs).send(1, 3, "Ping");
  build.at(42 * kMs).drop(3, sent, DropReason::dead_peer);
  const MessagePath path = path_of(build.model(), sent);
  CHECK(path.loss == Loss::dead_peer);
  CHECK(path.end_y == 2.5F * kRow);
  CHECK(path.end_ns == 42 * kMs);
}

TEST_CASE("walls stand between neighbouring lanes of different sides") {
  TraceBuilder build({"n1", "n2", "n3", "n4"});
  build.fault_begin(0, "partition", R"({"side_a":["n1","n3"],"side_b":["n4"]})");
  build.fault_begin(1, "partition_one_way", R"({"side_a":["n3"],"side_b":["n1"]})");
  const TraceModel model = build.model();
  const auto both = Paths::walls_of(model.faults()[0], layout_of(model));
  REQUIRE(both.size() == 1);
  CHECK(both[0].below == 4);
  CHECK(both[0].blocks_down);
  CHECK(both[0].blocks_up);
  const auto one_way = Paths::walls_of(model.faults()[1], layout_of(model));
  REQUIRE(one_way.size() == 1);
  CHECK(one_way[0].below == 3);
  CHECK(one_way[0].blocks_up);
  CHECK_FALSE(one_way[0].blocks_down);
}

}  // namespace norn::viewer
