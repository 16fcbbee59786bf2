// Whatever the bytes are, reading a history gives an error with a place, or a history that can be
// written and read again.
#include <array>
#include <cstdint>
#include <sstream>
#include <string>

#include "norn/check/history_file.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

using namespace norn::check;

namespace {

constexpr int kInputs = norn::test::random_runs(100'000);

// SplitMix64: the same inputs on every machine.
class Draws {
 public:
  std::size_t below(std::size_t bound) {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t x = state_;
    x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((x ^ x >> 31U) % bound);
  }

 private:
  std::uint64_t state_ = 1;
};

const std::array<std::string, 3> kSeeds = {
    "{\"norn_history\":1}\n"
    "{\"process\":0,\"type\":\"call\",\"function\":\"put\",\"key\":\"x\",\"argument\":[1,{\"a\":"
    "\"\\u00fc\\n\"}],\"time\":10}\n"
    "{\"process\":1,\"type\":\"call\",\"function\":\"get\",\"key\":null,\"time\":11}\n"
    "{\"type\":\"crash\",\"time\":12}\n"
    "{\"process\":0,\"type\":\"return\",\"outcome\":\"unknown\",\"result\":null,\"time\":20}\n"
    "{\"process\":1,\"type\":\"return\",\"outcome\":\"ok\",\"result\":-7,\"time\":21}\n"
    "{\"events\":5}\n",
    "{:process 0, :type :invoke, :f :append, :key \"0\", :value \"x 0 0 y\"}\n"
    "{:process 1, :type :invoke, :f :txn, :value [[:r 1 nil] [:append 2 #{3 4}]]}\n"
    "{:process :nemesis, :type :info, :f :crash} ; bang\n"
    "{:process 0, :type :ok, :f :append, :key \"0\", :value \"x 0 0 y\"}\n"
    "{:process 1, :type :info, :f :txn, :value (:timeout \\a #_ 9)}\n",
    "#jepsen.history.Op{:type :invoke, :f :cas, :value [5 [0 1]], :process 3, :time 1, :index 0}\n"
    "{:type :fail, :f :cas, :value [5 [0 1]], :process 3, :time 2, :index 1, :error \"no\"}\n"};

const std::array<std::string, 16> kPieces = {
    "{",  "}",        "[[[[[[[[", "\"", "\\u", "\xFF",    "\n", "99999999999999999999",
    ":f", "#{1 1}\n", "null",     ",",  "#_",  "\\uD800", "-",  ":process 0, "};

std::string mutated(std::string text, Draws& draws) {
  for (std::size_t changes = 1 + draws.below(2); changes != 0; --changes) {
    const std::size_t at = draws.below(text.size() + 1);
    switch (draws.below(5)) {
      case 0:
        text.insert(at, kPieces[draws.below(kPieces.size())]);
        break;
      case 1:
        text.erase(at, 1 + draws.below(12));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(draws.below(256));
        break;
      case 3:
        text.insert(at, text.substr(draws.below(text.size() + 1), draws.below(60)));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

bool names_a_place(const std::string& complaint) {
  return complaint.starts_with("h:") && complaint.find('\n') == std::string::npos;
}

}  // namespace

TEST_CASE("a hundred thousand damaged histories are read or refused, never believed in part") {
  Draws draws;
  int read = 0;
  for (int i = 0; i < kInputs; ++i) {
    const std::size_t seed = draws.below(kSeeds.size());
    const std::string text = mutated(kSeeds[seed], draws);
    const auto history = read_history(text, {.name = "h", .keys_in_values = seed == 2});
    if (!history.ok()) {
      if (names_a_place(history.error().message)) continue;
      FAIL("no place in: " << history.error().message << "\n" << text);
    }
    ++read;
    std::ostringstream out;
    if (!write_history(*history, HistoryFormat::json_lines, out).ok()) continue;
    const auto again = read_history(out.str());
    if (!again.ok()) FAIL("read once: " << text << "\nbut not again: " << out.str());
    if (again->events().size() != history->events().size()) FAIL("another history: " << text);
  }
  CHECK(read > kInputs / 50);
  CHECK(read < kInputs);
}
