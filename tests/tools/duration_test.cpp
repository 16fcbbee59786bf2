#include "duration.hpp"

#include <cstdint>

#include "support/catch.hpp"

using norn::command::duration_text;
using norn::command::parse_duration;

TEST_CASE("a duration is read exactly, in each unit") {
  CHECK(parse_duration("0").value() == 0);
  CHECK(parse_duration("7ns").value() == 7);
  CHECK(parse_duration("3us").value() == 3'000);
  CHECK(parse_duration("20ms").value() == 20'000'000);
  CHECK(parse_duration("1.5s").value() == 1'500'000'000);
  CHECK(parse_duration(".5s").value() == 500'000'000);
  CHECK(parse_duration("2m").value() == 120'000'000'000);
  CHECK(parse_duration("0.000000001s").value() == 1);
  CHECK(parse_duration("1.2500000000000000s").value() == 1'250'000'000);
  CHECK(parse_duration("9223372036854775807ns").value() == INT64_MAX);
}

TEST_CASE("what is no duration is refused with a reason") {
  CHECK(parse_duration("").error().message ==
        "'' is no time: write a number and a unit, like 1.5s or 20ms");
  CHECK(parse_duration("s").error().message ==
        "'s' is no time: write a number and a unit, like 1.5s or 20ms");
  CHECK(parse_duration("5").error().message ==
        "'5' is no time: the unit is missing (ns, us, ms, s or m)");
  CHECK(parse_duration("5 s").error().message ==
        "'5 s' is no time: the unit is none of ns, us, ms, s, m");
  CHECK(parse_duration("1.2.3s").error().message ==
        "'1.2.3s' is no time: the unit is none of ns, us, ms, s, m");
  CHECK(!parse_duration("-1s").ok());
  CHECK(!parse_duration("0.5ns").ok());
  CHECK(!parse_duration("9223372036854775808ns").ok());
  CHECK(!parse_duration("99999999999999999999m").ok());
}

TEST_CASE("a duration is written in the largest unit that fits, and read back") {
  CHECK(duration_text(0) == "0s");
  CHECK(duration_text(1) == "1ns");
  CHECK(duration_text(1'500) == "1.5us");
  CHECK(duration_text(20'000'000) == "20ms");
  CHECK(duration_text(1'500'000'000) == "1.5s");
  CHECK(duration_text(90'000'000'000) == "90s");
  CHECK(duration_text(-5) == "-5ns");
  for (const std::int64_t ns : {std::int64_t{1'234'567'891}, std::int64_t{999'999}, INT64_MAX}) {
    CHECK(parse_duration(duration_text(ns)).value() == ns);
  }
}
