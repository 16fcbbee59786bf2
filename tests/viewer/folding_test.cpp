// What keeps a frame cheap: marks are folded and messages bundled, whatever the number of events.
#include <algorithm>
#include <cstdint>

#include "model/lanes.hpp"
#include "model/messages.hpp"
#include "model/trace_model.hpp"
#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

// The message that a brute-force look finds in view.
bool touches(const TraceModel& model, const Message& m, double begin, double end) {
  return static_cast<double>(model.events().time_ns(m.send)) <= end &&
         model.messages().end_ns(model.events(), m) >= begin;
}

}  // namespace

TEST_CASE("events nearer than the fold join one mark, and none is left out") {
  TraceBuilder build({"a"});
  for (const int t : {1, 2, 3, 10, 20, 21, 40}) build.at(t * kMs).timer(1);
  const TraceModel model = build.model();
  const auto& positions = model.lanes().of(1).events;
  const auto marks =
      fold(model.events(), positions, TimeGrid(model.events(), 2.0 * kMs, 30.0 * kMs, 3.0 * kMs));
  // Cells lie on multiples of 3 ms: 1 and 2, 3, 10, 20, 21.
  REQUIRE(marks.size() == 5);
  CHECK(marks[0].count == 2);
  CHECK(marks[0].begin_ns == 1 * kMs);
  CHECK(marks[0].end_ns == 2 * kMs);
  CHECK(marks[1].count == 1);
  CHECK(marks[4].begin_ns == 21 * kMs);
}

TEST_CASE("folding gives no more marks than the pixels allow and counts every event") {
  auto built = TraceModel::build(test::busy_trace(200'000, 3));
  REQUIRE(built.ok());
  const TraceModel& model = *built;
  const auto whole = static_cast<double>(model.events().end_ns());
  for (const Lane& lane : model.lanes().nodes()) {
    const auto marks =
        fold(model.events(), lane.events, TimeGrid(model.events(), 0, whole, whole / 500));
    CHECK(marks.size() <= 501);
    std::uint64_t sum = 0;
    for (const Fold& mark : marks) sum += mark.count;
    CHECK(sum == lane.events.size());
  }
}

TEST_CASE("the nearest event is found on either side") {
  TraceBuilder build({"a"});
  for (const int t : {10, 20, 40}) build.at(t * kMs).timer(1);
  const TraceModel model = build.model();
  const auto& positions = model.lanes().of(1).events;
  CHECK(nearest(model.events(), positions, 0) == 0);
  CHECK(nearest(model.events(), positions, 14.0 * kMs) == 0);
  CHECK(nearest(model.events(), positions, 16.0 * kMs) == 1);
  CHECK(nearest(model.events(), positions, 1e12) == 2);
  CHECK(nearest(model.events(), {}, 5) == 0);
}

TEST_CASE("a few messages are given one by one, exactly those that touch the view") {
  auto built = TraceModel::build(test::busy_trace(20'000, 5));
  REQUIRE(built.ok());
  const TraceModel& model = *built;
  for (const double begin : {0.0, 13.0 * kMs, 50.3 * kMs}) {
    const double end = begin + 4.0 * kMs;
    const auto visible = visible_messages(model.events(), model.messages(),
                                          {.begin_ns = begin, .end_ns = end, .width_px = 1000});
    CHECK(visible.bundles.empty());
    std::size_t expected = 0;
    for (const Link& link : model.messages().links()) {
      expected += static_cast<std::size_t>(
          std::count_if(link.messages.begin(), link.messages.end(),
                        [&](const Message& m) { return touches(model, m, begin, end); }));
    }
    CHECK(visible.single.size() == expected);
    CHECK(visible.total == expected);
  }
}

TEST_CASE("a message that was under way for long is visible all the time") {
  TraceBuilder build({"a", "b"});
  const Seq slow = build.at(1 * kMs).send(1, 2, "Slow");
  for (int i = 0; i < 500; ++i) {
    const Seq sent = build.at((2 + i) * kMs).send(1, 2, "Ping");
    build.at((2 + i) * kMs + kMs / 2).deliver(2, sent);
  }
  build.at(600 * kMs).deliver(2, slow);
  const TraceModel model = build.model();
  const auto visible =
      visible_messages(model.events(), model.messages(),
                       {.begin_ns = 450.0 * kMs, .end_ns = 460.0 * kMs, .width_px = 1000});
  const bool found = std::any_of(
      visible.single.begin(), visible.single.end(),
      [&](const MessageRef& ref) { return ref.message->send == model.events().index_of(slow); });
  CHECK(found);
}

TEST_CASE("many messages come as bundles that stand for all of them") {
  auto built = TraceModel::build(test::busy_trace(300'000, 5));
  REQUIRE(built.ok());
  const TraceModel& model = *built;
  const VisibleQuery query{
      .begin_ns = 0, .end_ns = static_cast<double>(model.events().end_ns()), .width_px = 1400};
  const auto visible = visible_messages(model.events(), model.messages(), query);
  CHECK(visible.single.empty());
  CHECK(visible.bundles.size() <= 2 * query.limit);
  CHECK(visible.total == model.messages().count());
  CHECK(visible.hidden == 0);
  std::uint64_t lost = 0;
  for (const Bundle& bundle : visible.bundles) lost += bundle.lost;
  CHECK(lost == model.messages().lost_count());
}

TEST_CASE("with thousands of links the fullest bundles are drawn and the rest is counted") {
  auto built = TraceModel::build(test::busy_trace(100'000, 80));
  REQUIRE(built.ok());
  const TraceModel& model = *built;
  const VisibleQuery query{
      .begin_ns = 0, .end_ns = static_cast<double>(model.events().end_ns()), .width_px = 1400};
  const auto visible = visible_messages(model.events(), model.messages(), query);
  CHECK(visible.bundles.size() <= 2 * query.limit);
  CHECK(visible.hidden > 0);
  CHECK(visible.total == model.messages().count());
}

}  // namespace norn::viewer
