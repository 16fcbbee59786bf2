#include "model/clock_tracks.hpp"

#include <string>

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;

namespace {

constexpr double kSecond = 1e9;

// Seconds of true time, and by how many milliseconds the clock of n1 is ahead.
double ahead_ms(const TraceModel& model, double seconds) {
  return model.clocks().ahead_ns(1, seconds * kSecond) / 1e6;
}

}  // namespace

TEST_CASE("a skewed clock is wrong by as much, until the end") {
  TraceBuilder build({"n1", "n2"});
  build.at(1000 * kMs).fault_begin(0, "clock_skew", R"({"side_a":["n1"],"by":"-200ms"})");
  build.at(3000 * kMs).fault_end(0, "clock_skew", 1);
  build.at(5000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 0.5) == 0);
  CHECK(ahead_ms(model, 1) == -200);
  CHECK(ahead_ms(model, 2.9) == -200);
  CHECK(ahead_ms(model, 3) == 0);
  CHECK(model.clocks().of(2).empty());
  const auto stretches = model.clocks().within(1, 0, 5 * kSecond);
  REQUIRE(stretches.size() == 1);
  CHECK(stretches[0].begin_ns == 1 * kSecond);
  CHECK(stretches[0].end_ns == 3 * kSecond);
  CHECK(stretches[0].end_ahead_ns == -200e6);
}

TEST_CASE("a drift is a slope, and what a clock has gained stays") {
  TraceBuilder build({"n1"});
  build.at(1000 * kMs).fault_begin(0, "clock_drift", R"({"side_a":["n1"],"ppm":40000})");
  build.at(3000 * kMs).fault_end(0, "clock_drift", 1);
  build.at(5000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 2) == Approx(40));
  CHECK(ahead_ms(model, 3) == Approx(80));
  CHECK(ahead_ms(model, 5) == Approx(80));
  const auto cut = model.clocks().within(1, 2 * kSecond, 4 * kSecond);
  REQUIRE(cut.size() == 2);
  CHECK(cut[0].begin_ns == 2 * kSecond);
  CHECK(cut[0].begin_ahead_ns == Approx(40e6));
  CHECK(cut[1].end_ns == 4 * kSecond);
  CHECK(model.clocks().within(1, 0, 0.5 * kSecond).empty());
}

TEST_CASE("a jump stays, and a slew takes it away at its rate and then ends") {
  TraceBuilder build({"n1"});
  build.at(1000 * kMs).fault_begin(0, "clock_jump", R"({"side_a":["n1"],"by":"300ms"})");
  build.at(2000 * kMs).fault_begin(1, "clock_slew", R"({"side_a":["n1"],"ppm":100000})");
  build.at(9000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 1) == 300);
  CHECK(ahead_ms(model, 3) == Approx(200));
  CHECK(ahead_ms(model, 5) == 0);
  CHECK(ahead_ms(model, 8) == 0);
}

TEST_CASE("a slew of a clock that is behind runs fast, and one that ends early leaves the rest") {
  TraceBuilder build({"n1"});
  build.at(1000 * kMs).fault_begin(0, "clock_jump", R"({"side_a":["n1"],"by":"-300ms"})");
  build.at(2000 * kMs).fault_begin(1, "clock_slew", R"({"side_a":["n1"],"ppm":100000})");
  build.at(3000 * kMs).fault_end(1, "clock_slew", 1);
  build.at(9000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 3) == Approx(-200));
  CHECK(ahead_ms(model, 9) == Approx(-200));
}

TEST_CASE("a leap second is smeared over its time, or put in at its end") {
  TraceBuilder build({"n1", "n2"});
  build.at(1000 * kMs)
      .fault_begin(0, "leap_second", R"({"side_a":["n1"],"by":"1s","how":"smear","lasts":"4s"})");
  build.fault_begin(1, "leap_second", R"({"side_a":["n2"],"by":"1s","how":"step","lasts":"4s"})");
  build.at(5000 * kMs).fault_end(0, "leap_second", 1);
  build.fault_end(1, "leap_second", 1);
  build.at(9000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 3) == Approx(-500));
  CHECK(ahead_ms(model, 6) == Approx(-1000));
  CHECK(model.clocks().ahead_ns(2, 4.9 * kSecond) == 0);
  CHECK(model.clocks().ahead_ns(2, 5 * kSecond) == -1e9);
}

TEST_CASE("faults of one clock add up, and no clock stands still") {
  TraceBuilder build({"n1"});
  build.at(0).fault_begin(0, "clock_skew", R"({"side_a":["n1"],"by":"1s"})");
  build.fault_begin(1, "clock_drift", R"({"side_a":["n1"],"ppm":1000})");
  build.at(1000 * kMs).fault_begin(2, "clock_jump", R"({"side_a":["n1"],"by":"50ms"})");
  build.at(2000 * kMs).fault_end(0, "clock_skew", 1);
  build.fault_end(1, "clock_drift", 1);
  build.fault_begin(3, "clock_drift", R"({"side_a":["n1"],"ppm":-500000})");
  build.fault_begin(4, "clock_drift", R"({"side_a":["n1"],"ppm":-500000})");
  build.fault_begin(5, "clock_drift", R"({"side_a":["n1"],"ppm":-500000})");
  build.at(3000 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(ahead_ms(model, 1) == Approx(1051));
  CHECK(ahead_ms(model, 2) == Approx(52));
  CHECK(ahead_ms(model, 3) == Approx(52 - 999));
}

TEST_CASE("a fault of a clock without sense is no harm") {
  TraceBuilder build({"n1"});
  build.fault_begin(0, "clock_skew", R"({"side_a":["n1"],"by":"much"})");
  build.fault_begin(1, "clock_slew", R"({"side_a":["n1"],"ppm":0})");
  build.fault_begin(2, "leap_second", R"({"side_a":["n1"],"how":"smear","by":"1s","lasts":7})");
  build.at(1 * kMs).timer(1);
  const TraceModel model = build.model();
  CHECK(model.clocks().within(1, 0, 1e9).size() <= 1);
}

}  // namespace norn::viewer
