#include "model/event_table.hpp"

#include "support/catch.hpp"

namespace norn::viewer {
namespace {

trace::Event event(trace::Seq seq, std::int64_t time_ns, trace::Seq cause = 0) {
  trace::Event e;
  e.seq = seq;
  e.time_ns = time_ns;
  e.kind = trace::EventKind::log;
  e.cause = cause;
  return e;
}

}  // namespace

TEST_CASE("events are found by number and by time") {
  EventTable table;
  REQUIRE(table.add(event(1, 10)).ok());
  REQUIRE(table.add(event(2, 20, 1)).ok());
  REQUIRE(table.add(event(3, 20, 2)).ok());
  CHECK(table.index_of(3) == 2);
  CHECK(table.index_of(4) == kNone);
  CHECK(table.index_of(0) == kNone);
  CHECK(table.cause(2) == 1);
  CHECK(table.cause(0) == kNone);
  CHECK(table.first_at(20) == 1);
  CHECK(table.first_after(20) == 3);
  CHECK(table.first_at(5) == 0);
}

TEST_CASE("numbers may have gaps") {
  EventTable table;
  REQUIRE(table.add(event(5, 10)).ok());
  REQUIRE(table.add(event(6, 11)).ok());
  REQUIRE(table.add(event(9, 12, 6)).ok());
  REQUIRE(table.add(event(10, 13, 9)).ok());
  CHECK(table.seq(0) == 5);
  CHECK(table.seq(2) == 9);
  CHECK(table.seq(3) == 10);
  CHECK(table.index_of(9) == 2);
  CHECK(table.index_of(7) == kNone);
  CHECK(table.cause(2) == 1);
  CHECK(table.cause(3) == 2);
}

TEST_CASE("events out of order are refused") {
  EventTable table;
  REQUIRE(table.add(event(5, 10)).ok());
  CHECK_FALSE(table.add(event(5, 10)).ok());
  CHECK_FALSE(table.add(event(6, 9)).ok());
  CHECK(table.size() == 1);
}

TEST_CASE("a cause that does not lie before its event is no cause") {
  EventTable table;
  REQUIRE(table.add(event(1, 10, 1)).ok());
  REQUIRE(table.add(event(2, 10, 77)).ok());
  CHECK(table.cause(0) == kNone);
  CHECK(table.cause(1) == kNone);
}

}  // namespace norn::viewer
