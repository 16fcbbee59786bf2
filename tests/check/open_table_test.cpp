#include "norn/check/open_table.hpp"

#include <map>
#include <utility>

#include "check/support/reference.hpp"
#include "norn/check/streaming.hpp"
#include "support/catch.hpp"

using namespace norn::check;

TEST_CASE("a table of open operations holds what a map holds, while entries come and go") {
  testing::Draws draws(3);
  for (const std::size_t keys : {3U, 40U, 5'000U}) {
    OpenTable table;
    std::map<std::int64_t, std::uint32_t> expected;
    for (std::uint32_t i = 0; i < 50'000; ++i) {
      // Multiples of a power of two, and negative: as clients may be numbered.
      const auto key = (static_cast<std::int64_t>(draws.below(keys)) - 2) * 65'536;
      const auto found = expected.find(key);
      REQUIRE(table.find(key) == (found == expected.end() ? OpenTable::kAbsent : found->second));
      if (found == expected.end()) {
        table.add(key, i);
        expected[key] = i;
      } else {
        table.remove(key);
        expected.erase(found);
      }
    }
    for (const auto& [key, number] : expected) REQUIRE(table.find(key) == number);
  }
}

TEST_CASE("streaming takes an argument that is the text of earlier appends") {
  StreamingChecker checker(key_value_model());
  const auto did = [&](const char* function, Value argument, Value result) {
    const auto id = checker.call(
        {.process = 1, .function = function, .key = "k", .argument = std::move(argument)});
    return !checker.ret(id.value(), {.result = std::move(result)}).value().has_value();
  };
  CHECK(did("append", "a", {}));
  CHECK(did("append", "b", {}));
  CHECK(did("append", "ab", {}));
  CHECK(did("get", {}, "abab"));
  CHECK_FALSE(did("get", {}, "ab"));
}
