#include "model/series.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

// Four messages sent at 0, 10, 20 and 30 ms that take 5, 7 and 50 ms; the second is lost.
struct Plotted {
  TraceBuilder build{{"n1", "n2"}};
  Seq first = build.at(0).send(1, 2, "Ping");
  Seq first_got = build.at(5 * kMs).deliver(2, first);
  Seq second = build.at(10 * kMs).send(1, 2, "Ping");
  Seq second_lost = build.at(15 * kMs).drop(2, second, trace::DropReason::loss);
  Seq third = build.at(20 * kMs).send(1, 2, "Ping");
  Seq third_got = build.at(27 * kMs).deliver(2, third);
  Seq fourth = build.at(30 * kMs).send(1, 2, "Ping");
  Seq called = build.at(40 * kMs).call(3, 1, "get", "[\"x\"]");
  Seq term = build.at(50 * kMs).state(1, "term", "2");
  Seq load = build.at(50 * kMs).state(2, "load", "0.5");
  Seq role = build.at(50 * kMs).state(2, "role", "\"leader\"");
  Seq answered = build.at(60 * kMs).ret(3, 1, trace::OpOutcome::ok, "1");
  Seq term5 = build.at(70 * kMs).state(1, "term", "5");
  Seq fourth_got = build.at(80 * kMs).deliver(2, fourth);
  Seq end = build.at(100 * kMs).run_end(trace::RunEnd::completed);
  TraceModel model = build.model();
  SeriesSet series{model};

  Plot plot(SeriesKind kind, std::size_t columns, const std::string& key = {}) {
    while (!series.done()) series.advance(1);
    SeriesId id{kind};
    for (const SeriesId& each : series.all()) {
      if (each.kind == kind && (key.empty() || series.name(each) == key)) id = each;
    }
    return series.plot(id, {.begin_ns = 0, .end_ns = 100.0 * kMs, .columns = columns});
  }
};

}  // namespace

TEST_CASE_METHOD(Plotted, "on steps each event has its column, and a rate is that of its moment") {
  while (!series.done()) series.advance(1);
  const Index count = model.events().size();
  PlotQuery query{.begin_ns = 0, .end_ns = 100.0 * kMs, .columns = count};
  query.steps = PlotQuery::Steps{.from = 0, .to = static_cast<double>(count)};
  const Plot latency = series.plot({SeriesKind::message_latency}, query);
  REQUIRE(latency.lines.size() == 1);
  for (Index i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK((latency.lines[0].columns[i].count == 1) ==
          (model.events().kind(i) == trace::EventKind::deliver));
  }
  // 50 ms around the moments in the middle of the columns, 15 ms and 50 ms.
  query.columns = 2;
  query.steps = PlotQuery::Steps{.from = 0, .to = 12};
  const Plot rate = series.plot({SeriesKind::message_rate}, query);
  CHECK(rate.lines[0].columns[0].count == 4);
  CHECK(rate.lines[0].columns[1].count == 1);
  // Within a single moment there is no rate, and no division by no time.
  query.begin_ns = query.end_ns = 50.0 * kMs;
  query.steps = PlotQuery::Steps{.from = 8, .to = 9};
  CHECK(series.plot({SeriesKind::message_rate}, query).high == 0);
}

TEST_CASE_METHOD(Plotted, "latencies stand where messages arrive, with median and extremes") {
  const Plot plot = this->plot(SeriesKind::message_latency, 2);
  REQUIRE(plot.lines.size() == 1);
  const PlotColumn& early = plot.lines[0].columns[0];
  CHECK(early.count == 2);
  CHECK(early.low == Approx(5.0 * kMs));
  CHECK(early.high == Approx(7.0 * kMs));
  CHECK(plot.lines[0].columns[1].count == 1);
  CHECK(plot.lines[0].columns[1].median == Approx(50.0 * kMs));
  CHECK(plot.high == Approx(50.0 * kMs));
}

TEST_CASE_METHOD(Plotted, "rates count a second, and what is under way goes up and down") {
  const Plot sent = plot(SeriesKind::message_rate, 2);
  CHECK(sent.lines[0].columns[0].high == Approx(80));
  CHECK(sent.lines[0].columns[1].high == 0);
  const Plot lost = plot(SeriesKind::losses, 10);
  CHECK(lost.lines[0].columns[1].high == Approx(100));
  CHECK(lost.lines[0].columns[0].high == 0);
  const Plot flight = plot(SeriesKind::in_flight, 10);
  CHECK(flight.lines[0].columns[0].high == 1);
  CHECK(flight.lines[0].columns[0].low == 0);
  CHECK(flight.lines[0].columns[5].low == 1);
  CHECK(flight.lines[0].columns[9].high == 0);
}

TEST_CASE_METHOD(Plotted, "operations take from their call to their return") {
  const Plot plot = this->plot(SeriesKind::operation_latency, 1);
  CHECK(plot.lines[0].columns[0].count == 1);
  CHECK(plot.lines[0].columns[0].median == Approx(20.0 * kMs));
}

TEST_CASE_METHOD(Plotted, "published numbers hold until they change, texts are no numbers") {
  const Plot terms = plot(SeriesKind::state, 10, "term");
  REQUIRE(terms.lines.size() == 1);
  CHECK(terms.lines[0].node == 1);
  CHECK(terms.lines[0].columns[4].count == 0);
  CHECK(terms.lines[0].columns[5].median == 2);
  CHECK(terms.lines[0].columns[6].low == 2);
  CHECK(terms.lines[0].columns[6].high == 2);
  CHECK(terms.lines[0].columns[7].low == 2);
  CHECK(terms.lines[0].columns[7].high == 5);
  CHECK(terms.lines[0].columns[9].low == 5);
  CHECK(plot(SeriesKind::state, 4, "load").high == Approx(0.5));
  const auto all = series.all();
  CHECK(std::none_of(all.begin(), all.end(),
                     [&](const SeriesId& id) { return series.name(id) == "role"; }));
}

TEST_CASE_METHOD(Plotted, "the event behind a place of a plot is found") {
  while (!series.done()) series.advance(1);
  const auto seq = [&](Index event) { return model.events().seq(event); };
  CHECK(seq(series.event_near({SeriesKind::message_latency}, 29.0 * kMs, 0)) == third_got);
  CHECK(seq(series.event_near({SeriesKind::losses}, 90.0 * kMs, 0)) == second_lost);
  const SeriesId of_term{SeriesKind::state, model.events().text(model.events().index_of(term))};
  CHECK(seq(series.event_near(of_term, 69.0 * kMs, 1)) == term5);
  CHECK(series.event_near(of_term, 69.0 * kMs, 2) == kNone);
}

TEST_CASE("plots of many events are what counting one by one gives") {
  const auto model = TraceModel::build(test::busy_trace(200'000, 5)).value();
  const EventTable& events = model.events();
  SeriesSet series(model);
  series.advance(0);
  CHECK_FALSE(series.done());
  while (!series.done()) series.advance(1);
  const PlotQuery query{.begin_ns = static_cast<double>(events.end_ns()) * 0.21,
                        .end_ns = static_cast<double>(events.end_ns()) * 0.83,
                        .columns = 7};
  const Plot latency = series.plot({SeriesKind::message_latency}, query);
  const Plot flight = series.plot({SeriesKind::in_flight}, query);
  const double step = (query.end_ns - query.begin_ns) / 7;
  std::vector<double> most(7);
  std::vector<std::uint32_t> count(7);
  std::vector<std::int64_t> high(7);
  std::int64_t now = 0;
  for (Index i = 0; i < events.size(); ++i) {
    const auto t = static_cast<double>(events.time_ns(i));
    const auto kind = events.kind(i);
    now += kind == trace::EventKind::send;
    now -= kind == trace::EventKind::deliver || kind == trace::EventKind::drop;
    const double column = (t - query.begin_ns) / step;
    if (column < 0 || column >= 7) continue;
    const auto at = static_cast<std::size_t>(column);
    high[at] = std::max(high[at], now);
    if (kind != trace::EventKind::deliver) continue;
    ++count[at];
    most[at] = std::max(most[at],
                        static_cast<double>(events.time_ns(i) - events.time_ns(events.cause(i))));
  }
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(latency.lines[0].columns[i].count == count[i]);
    CHECK(latency.lines[0].columns[i].high == Approx(most[i]));
    CHECK(latency.lines[0].columns[i].median > 1.2 * kMs);
    CHECK(latency.lines[0].columns[i].median < 1.8 * kMs);
    CHECK(flight.lines[0].columns[i].high == static_cast<double>(high[i]));
  }
}

TEST_CASE("plots of messages count what passes the filter only") {
  const auto model = TraceModel::build(test::fake_raft()).value();
  EventFilter filter(model, {.indexed = true});
  REQUIRE(filter.set({.text = "node = n2 and not timer"}));
  filter.run();
  SeriesSet series(model);
  const PlotQuery query{
      .begin_ns = 0, .end_ns = static_cast<double>(model.events().end_ns()) + 1, .columns = 10};
  const auto sum = [&](SeriesKind kind) {
    const Plot plot = series.plot({kind}, query);
    std::uint64_t count = 0;
    for (const PlotColumn& column : plot.lines.front().columns) count += column.count;
    return count;
  };
  while (!series.done()) series.advance(1000);
  const std::uint64_t version = series.version();
  const std::uint64_t all_sent = sum(SeriesKind::message_rate);
  series.follow(&filter);
  CHECK_FALSE(series.done());
  while (!series.done()) series.advance(1000);
  CHECK(series.version() != version);
  // By hand: who passes at its begin or at its end, one event for each.
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t delivered = 0;
  for (const Link& link : model.messages().links()) {
    for (const Message& message : link.messages) {
      if (!filter.may_pass(message)) continue;
      sent += message.duplicate ? 0 : 1;
      lost += message.fate == Fate::lost ? 1 : 0;
      delivered += message.fate == Fate::delivered ? 1 : 0;
    }
  }
  CHECK(sent < all_sent);
  CHECK(sum(SeriesKind::message_rate) == sent);
  CHECK(sum(SeriesKind::losses) == lost);
  CHECK(sum(SeriesKind::message_latency) == delivered);
  CHECK(series.is_filtered({SeriesKind::message_rate}));
  CHECK_FALSE(series.is_filtered({SeriesKind::in_flight}));
  const Index near = series.event_near({SeriesKind::message_latency}, 1e9, 0);
  REQUIRE(near != kNone);
  CHECK((filter.passes(near) || filter.passes(model.events().cause(near))));
  series.follow(nullptr);
  CHECK(series.done());
  CHECK(sum(SeriesKind::message_rate) == all_sent);
}

}  // namespace norn::viewer
