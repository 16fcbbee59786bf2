#include "model/client_history.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::OpOutcome;
using trace::Seq;

namespace {

void read_all(ClientHistory& history) {
  for (int i = 0; i < 100'000 && !history.done(); ++i) history.advance(0.01);
  REQUIRE(history.done());
}

// Two clients of a store: the second reads an old value after the first was told that its write
// is done. A third never hears of its delete.
struct StaleRead {
  TraceBuilder build{{"c1", "c2", "c3"}};
  Seq put1 = build.at(10 * kMs).call(1, 1, "put", R"(["x",1])", 1);
  Seq put1_done = build.at(20 * kMs).ret(1, 1, OpOutcome::ok, "null", 1);
  Seq put2 = build.at(30 * kMs).call(1, 2, "put", R"(["x",2])", 1);
  Seq put2_done = build.at(40 * kMs).ret(1, 2, OpOutcome::ok, "null", 1);
  Seq get = build.at(50 * kMs).call(2, 3, "get", R"(["x"])", 2);
  Seq lost = build.at(55 * kMs).call(3, 4, "delete", R"(["y"])", 3);
  Seq got = build.at(60 * kMs).ret(2, 3, OpOutcome::ok, "1", 2);
  Seq end = build.at(100 * kMs).run_end(trace::RunEnd::completed);
  TraceModel model = build.model();
  ClientHistory history{model};
  StaleRead() { read_all(history); }
};

}  // namespace

TEST_CASE_METHOD(StaleRead, "operations stand in rows by client and by key") {
  CHECK(history.problem().empty());
  CHECK(history.has_keys());
  REQUIRE(history.by_client().size() == 3);
  CHECK(history.by_client()[0].name == "client 1 on c1");
  CHECK(history.by_client()[0].operations.size() == 2);
  REQUIRE(history.by_key().size() == 2);
  CHECK(history.by_key()[0].name == "x");
  CHECK(history.by_key()[0].operations.size() == 3);
  CHECK(history.history().operation(0).argument == check::Value(1));
  CHECK(model.events().seq(history.call_event(2)) == get);
  CHECK(model.events().seq(history.return_event(2)) == got);
  CHECK(history.return_event(3) == kNone);
  CHECK(history.operation_of(model.events().index_of(put2_done)) == 1);
  CHECK(history.operation_of(model.events().index_of(end)) == check::kNone);
}

TEST_CASE_METHOD(StaleRead, "a thread reads the same history, and may be given up") {
  {
    const HistoryReader given_up(model, 0);
  }
  HistoryReader reader(model, 0);
  for (int i = 0; i < 10'000 && !reader.advance(0); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(reader.advance(0));
  const auto read = reader.take();
  CHECK(reader.fitting_model() == history.guess_model());
  CHECK(read->history().operations().size() == history.history().operations().size());
  CHECK(read->by_key().size() == history.by_key().size());
  CHECK(read->by_client()[0].name == "client 1 on c1");
}

TEST_CASE_METHOD(StaleRead, "bars fold when they are too narrow and stretch to the end when open") {
  const auto& row = history.by_client()[0];
  const double all = 100.0 * kMs;
  const auto wide = history.bars(row, {.begin_ns = 0, .end_ns = all, .fold_ns = 1});
  REQUIRE(wide.size() == 2);
  CHECK(wide[1].begin_ns == 30.0 * kMs);
  CHECK(wide[1].end_ns == 40.0 * kMs);
  const auto folded = history.bars(row, {.begin_ns = 0, .end_ns = all, .fold_ns = 50.0 * kMs});
  REQUIRE(folded.size() == 1);
  CHECK(folded[0].count == 2);
  CHECK(folded[0].end_ns == 40.0 * kMs);
  const auto late = history.bars(row, {.begin_ns = 35.0 * kMs, .end_ns = 36.0 * kMs, .fold_ns = 1});
  REQUIRE(late.size() == 1);
  CHECK(late[0].first == 1);
  CHECK(history.bars(row, {.begin_ns = 41.0 * kMs, .end_ns = all, .fold_ns = 1}).empty());
  const auto open =
      history.bars(history.by_client()[2], {.begin_ns = 0, .end_ns = all, .fold_ns = 1});
  REQUIRE(open.size() == 1);
  CHECK(open[0].open);
  CHECK(open[0].worst == check::Outcome::unknown);
  CHECK(open[0].end_ns == all);
}

TEST_CASE_METHOD(StaleRead, "the checker names the read that fits nowhere") {
  REQUIRE(history.guess_model() == "kv");
  HistoryCheck check(history.share(), {.model = "kv"});
  check.wait();
  REQUIRE(check.done());
  CHECK(check.outcome().problem.empty());
  REQUIRE(check.outcome().result.verdict == check::Verdict::violated);
  REQUIRE(check.outcome().result.misfit.has_value());
  CHECK(check.outcome().result.misfit->operation == 2);
  CHECK(check.outcome().result.misfit->order == std::vector<OperationId>{0, 1});
  CHECK(check.outcome().words.find("get(x)") != std::string::npos);
}

TEST_CASE_METHOD(StaleRead, "a model that does not know the operations says so") {
  HistoryCheck wrong(history.share(), {.model = "queue"});
  wrong.wait();
  CHECK_FALSE(wrong.outcome().problem.empty());
  HistoryCheck none(history.share(), {.model = "poem"});
  none.wait();
  CHECK(none.outcome().problem == "there is no model 'poem'");
}

TEST_CASE("a history that holds is given its orders, and a small budget leaves it undecided") {
  TraceBuilder build({"c1", "c2"});
  for (std::uint64_t i = 0; i < 30; ++i) {
    build.at(static_cast<std::int64_t>(i) * kMs);
    build.call(i, i, "write", "[" + std::to_string(i) + "]");
  }
  for (std::uint64_t i = 0; i < 30; ++i) build.ret(i, i, OpOutcome::ok, "null");
  const TraceModel model = build.model();
  ClientHistory history(model);
  read_all(history);
  CHECK_FALSE(history.has_keys());
  CHECK(history.guess_model() == "register");
  HistoryCheck check(history.share(), {.model = "register"});
  check.wait();
  CHECK(check.outcome().result.verdict == check::Verdict::holds);
  REQUIRE(check.outcome().result.orders.size() == 1);
  CHECK(check.outcome().result.orders[0].size() == 30);
  HistoryCheck poor(history.share(), {.model = "register", .budget = 1});
  poor.wait();
  CHECK(poor.outcome().result.verdict == check::Verdict::unknown);
}

TEST_CASE("operations that overlap on a key are stacked") {
  TraceBuilder build({"c1"});
  build.at(0).call(1, 1, "put", R"(["x",1])");
  build.at(1).call(2, 2, "get", R"(["x"])");
  build.at(2).ret(1, 1, OpOutcome::ok, "null");
  build.at(3).call(1, 3, "get", R"(["x"])");
  build.at(9).ret(2, 2, OpOutcome::failed, "null");
  const TraceModel model = build.model();
  ClientHistory history(model);
  read_all(history);
  REQUIRE(history.by_key().size() == 2);
  CHECK(history.by_key()[0].name == "x");
  CHECK(history.by_key()[1].name.empty());
  CHECK(history.by_key()[0].operations == std::vector<OperationId>{0, 2});
}

TEST_CASE("a history that cannot have happened is named with its event") {
  TraceBuilder build({"c1"});
  build.at(0).ret(1, 7, OpOutcome::ok, "null");
  const TraceModel model = build.model();
  ClientHistory history(model);
  read_all(history);
  CHECK(history.problem() == "event 1: operation 7 returns, but was not called");
  TraceBuilder other({"c1"});
  other.at(0).call(1, 7, "put", "[1,");
  const TraceModel broken = other.model();
  ClientHistory unreadable(broken);
  read_all(unreadable);
  CHECK(unreadable.problem().find("event 1: ") == 0);
}

TEST_CASE("a trace without operations has an empty history") {
  TraceBuilder build({"c1"});
  build.at(0).start(1);
  const TraceModel model = build.model();
  ClientHistory history(model);
  read_all(history);
  CHECK(history.history().empty());
  CHECK(history.by_client().empty());
  CHECK(history.guess_model().empty());
}

}  // namespace norn::viewer
