// The histories of Porcupine's tests, whose verdicts are in their names.
#include <string>

#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "support/catch.hpp"
#include "support/source_folder.hpp"

using namespace norn::check;

namespace {

History load(const std::string& size, const std::string& kind) {
  auto history = read_history_file(norn::test::source_folder() + "/tests/check/histories/" + size +
                                   "-" + kind + ".txt");
  REQUIRE(history.ok());
  return *history;
}

}  // namespace

TEST_CASE("the six histories get the verdicts in their names, by key") {
  for (const std::string size : {"c01", "c10", "c50"}) {
    for (const std::string kind : {"ok", "bad"}) {
      const auto result = check_linearizability(load(size, kind), key_value_model());
      REQUIRE(result.ok());
      INFO(size << "-" << kind << ": " << result->steps << " steps, " << result->configurations
                << " configurations");
      CHECK(result->verdict == (kind == "ok" ? Verdict::holds : Verdict::violated));
      CHECK(result->parts >= 8);
      CHECK(result->steps < 1'000'000);
    }
  }
}

TEST_CASE("the histories of up to ten clients get their verdicts also as a whole") {
  for (const std::string size : {"c01", "c10"}) {
    for (const std::string kind : {"ok", "bad"}) {
      const auto result =
          check_linearizability(load(size, kind), key_value_model(), {.whole = true});
      REQUIRE(result.ok());
      INFO(size << "-" << kind << ": " << result->steps << " steps, " << result->configurations
                << " configurations");
      CHECK(result->verdict == (kind == "ok" ? Verdict::holds : Verdict::violated));
      CHECK(result->parts == 1);
    }
  }
}
