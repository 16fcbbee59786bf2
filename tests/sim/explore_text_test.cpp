#include "explore/text.hpp"

#include <string>

#include "support/catch.hpp"

using namespace norn::explore;  // NOLINT(google-build-using-namespace): it is what is tested
using namespace std::chrono_literals;

TEST_CASE("numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(counted(1, "run") == "1 run");
  CHECK(counted(2000, "run") == "2,000 runs");
}

TEST_CASE("hashes are read back as they are written") {
  CHECK(hash_text(0xabcU) == "0x0000000000000abc");
  CHECK(parse_hash(hash_text(~std::uint64_t{0})) == ~std::uint64_t{0});
  CHECK(parse_hash("0x1") == 1U);
  for (const char* wrong : {"", "0x", "12", "0xg", "0x12345678901234567", "0x1 "}) {
    CHECK_FALSE(parse_hash(wrong).has_value());
  }
}

TEST_CASE("rough durations have three digits and a unit that fits") {
  CHECK(rough_duration(0ns) == "0 s");
  CHECK(rough_duration(1500us) == "1.5 ms");
  CHECK(rough_duration(90s) == "90 s");
  CHECK(rough_duration(150s) == "2.5 min");
  CHECK(rough_duration(5h) == "5 h");
  CHECK(rough_duration(240h) == "10 d");
}

TEST_CASE("what a person meant is found when it is near") {
  CHECK(nearest("--sed", {"--seed", "--seeds", "--jobs"}) == "--seed");
  CHECK(nearest("defualt", {"calm", "default", "harsh"}) == "default");
  CHECK(nearest("zebra", {"calm", "default", "harsh"}).empty());
  CHECK(nearest("x", {}).empty());
}

TEST_CASE("words are quoted for the shell where that is needed") {
  CHECK(shell_word("norn-out/a-1.norn") == "norn-out/a-1.norn");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
}
