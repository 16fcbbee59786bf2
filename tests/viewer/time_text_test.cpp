#include "model/time_text.hpp"

#include <cstdint>
#include <string>

#include "support/catch.hpp"

namespace norn::viewer {

TEST_CASE("durations are shown with the unit that fits") {
  CHECK(format_duration(7) == "7 ns");
  CHECK(format_duration(80'000) == "80 \xC2\xB5s");
  CHECK(format_duration(1'500'000) == "1.5 ms");
  CHECK(format_duration(2.5e9) == "2.5 s");
  CHECK(format_duration(999'999.99) == "1 ms");
  CHECK(format_duration(123'456'789) == "123.5 ms");
}

TEST_CASE("instants are shown to the precision of the axis") {
  CHECK(format_instant(1'234'567'890, 1e6) == "1.235 s");
  CHECK(format_instant(0, 1e6) == "0 s");
  CHECK(format_instant(3e9, 1e9) == "3 s");
  CHECK(format_exact(1'234'567'890) == "1.23456789 s");
  CHECK(format_exact(-1) == "-0.000000001 s");
}

TEST_CASE("counts are grouped by thousands") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1'000) == "1,000");
  CHECK(format_count(12'345'678) == "12,345,678");
}

TEST_CASE("durations are read with their units") {
  CHECK(parse_duration("250ms").value() == 250'000'000);
  CHECK(parse_duration("1.5s").value() == 1'500'000'000);
  CHECK(parse_duration("2 min").value() == 120'000'000'000);
  CHECK(parse_duration("2m").value() == 120'000'000'000);
  CHECK(parse_duration("7ns").value() == 7);
  CHECK(parse_duration("10us").value() == 10'000);
  CHECK(parse_duration("10\xC2\xB5s").value() == 10'000);
  CHECK(parse_duration("0").value() == 0);
}

TEST_CASE("a duration without a unit, or no duration at all, is refused with the units") {
  for (const std::string bad : {"5", "s", "", "1.5x", "abc", "1e400s"}) {
    CAPTURE(bad);
    REQUIRE_FALSE(parse_duration(bad).ok());
    CHECK(parse_duration(bad).error().message.find("ms") != std::string::npos);
  }
  CHECK_FALSE(parse_duration("-1s").ok());
  CHECK_FALSE(parse_duration("1000000000h").ok());
}

TEST_CASE("the ticks of the axis are round, in the view, and far enough apart") {
  for (const double span : {150.0, 3e3, 7e6, 1e9, 60e9, 3.6e12}) {
    CAPTURE(span);
    const double begin = span * 3.7;
    const Axis axis = make_axis(begin, begin + span, 1000, 80);
    REQUIRE(axis.major.size() >= 2);
    CHECK(axis.major.size() <= 13);
    for (std::size_t i = 0; i < axis.major.size(); ++i) {
      CHECK(axis.major[i].ns >= begin);
      CHECK(axis.major[i].ns <= begin + span);
      if (i == 0) continue;
      const double apart_px = (axis.major[i].ns - axis.major[i - 1].ns) / span * 1000;
      CHECK(apart_px >= 79.9);
      CHECK(axis.major[i].label != axis.major[i - 1].label);
    }
  }
}

TEST_CASE("an axis of no width has no ticks") {
  CHECK(make_axis(0, 0, 1000, 80).major.empty());
  CHECK(make_axis(0, 1e9, 0, 80).major.empty());
}

}  // namespace norn::viewer
