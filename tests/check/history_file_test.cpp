#include "norn/check/history_file.hpp"

#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "support/source_folder.hpp"

using namespace norn::check;

namespace {

std::string complaint(std::string_view text, const HistoryReadOptions& options = {.name = "h"}) {
  const auto history = read_history(text, options);
  return history.ok() ? "" : history.error().message;
}

std::string written(const History& history, HistoryFormat format) {
  std::ostringstream out;
  REQUIRE(write_history(history, format, out).ok());
  return out.str();
}

constexpr const char* kCall =
    "{\"process\":1,\"type\":\"call\",\"function\":\"put\",\"key\":\"x\",\"argument\":7}\n";
constexpr const char* kReturn = "{\"process\":1,\"type\":\"return\",\"outcome\":\"ok\"}\n";
constexpr const char* kInvoke = "{:process 1, :type :invoke, :f :put, :key \"x\", :value 7}\n";
constexpr const char* kOk = "{:process 1, :type :ok, :f :put, :key \"x\", :value 7}\n";

std::string lines(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

}  // namespace

TEST_CASE("a history is read back from JSON lines and from EDN as it was written") {
  History history;
  REQUIRE(history.call({.process = 4, .function = "put", .key = "x y", .argument = 1}).ok());
  REQUIRE(history.call({.process = 5, .function = "get", .argument = Value::List{1, "a"}}).ok());
  REQUIRE(history.ret(1, {.result = "\n\"", .time_ns = 900}).ok());
  REQUIRE(history.crash().ok());
  REQUIRE(history.ret(0, {.outcome = Outcome::unknown}).ok());
  REQUIRE(history.call({.process = 5, .function = "get"}).ok());
  REQUIRE(history.ret(2, {.outcome = Outcome::failed}).ok());
  REQUIRE(history.call({.process = 5, .function = "cas"}).ok());
  const std::string json = written(history, HistoryFormat::json_lines);
  const std::string edn = written(history, HistoryFormat::edn);
  const auto from_json = read_history(json);
  const auto from_edn = read_history(edn);
  REQUIRE(from_json.ok());
  REQUIRE(from_edn.ok());
  for (const History& each : {*from_json, *from_edn}) {
    CHECK(written(each, HistoryFormat::json_lines) == json);
    CHECK(written(each, HistoryFormat::edn) == edn);
    CHECK(each.operations().size() == 4);
    CHECK(each.events().size() == 8);
    CHECK(each.operation(0).outcome == Outcome::unknown);
    CHECK(each.operation(2).outcome == Outcome::failed);
    CHECK(each.operation(1).result == Value("\n\""));
  }
  CHECK(from_json->operation(1).return_line == 4);
  CHECK(from_json->place(0) == "history:2");
}

TEST_CASE("histories of Porcupine's tests are read") {
  const std::string folder = norn::test::source_folder() + "/tests/check/histories/";
  const auto history = read_history_file(folder + "c10-ok.txt");
  REQUIRE(history.ok());
  CHECK(history->events().size() == history->operations().size() * 2);
  CHECK(history->operation(0).function == "append");
  CHECK(history->operation(0).key == Value("0"));
  CHECK(history->operation(0).argument == Value("x 9 0 y"));
}

TEST_CASE("Jepsen's pairs of key and value are taken apart when asked for") {
  const std::string text =
      "{:type :invoke, :f :write, :value [3 4], :process 0, :time 5, :index 0}\n"
      "{:type :invoke, :f :start, :value nil, :process :nemesis, :time 6, :index 1}\n"
      "#jepsen.history.Op{:type :ok, :f :write, :value [3 4], :process 0, :time 4, :index 2}\n";
  const auto history = read_history(text, {.keys_in_values = true});
  REQUIRE(history.ok());
  CHECK(history->operation(0).key == Value(3));
  CHECK(history->operation(0).argument == Value(4));
  CHECK(history->operation(0).return_ns == 5);  // :index says more than clocks
  CHECK(complaint("{:type :invoke, :f :write, :value 4, :process 0}",
                  {.name = "h", .keys_in_values = true}) ==
        "h:1: ':value' is not [key value], as values were said to be (the last line has no end: is "
        "it cut?)");
}

TEST_CASE("a history file that does not make sense is refused with its line") {
  CHECK(complaint("") == "h: the history is empty");
  CHECK(complaint("\n\n") == "h: the history is empty");
  CHECK(complaint("\nhello\n") == "h:2: neither JSON lines nor EDN: a line begins with {\" or {:");
  CHECK(complaint(kReturn) == "h:1: process 1 has nothing open");
  CHECK(complaint(kOk) == "h:1: process 1 has nothing open");
  CHECK(complaint(lines({kCall, kCall})) ==
        "h:2: process 1 calls 'put' while its 'put' (h:1) has not returned");
  CHECK(complaint(lines({kInvoke, kInvoke})) ==
        "h:2: process 1 calls 'put' while its 'put' (h:1) has not returned");
  CHECK(complaint(lines({kCall, kReturn, kReturn})) == "h:3: process 1 has nothing open");
  CHECK(complaint(lines({kInvoke, "{:process 1, :type :ok, :f :get, :key \"x\"}\n"})) ==
        "h:2: process 1 returns from 'get', but it had called 'put'");
  CHECK(complaint(lines({kInvoke, "{:process 1, :type :ok, :f :put, :key \"y\"}\n"})) ==
        "h:2: process 1 returns for the key \"y\", but it had called for \"x\"");
  CHECK(complaint(lines({kCall, "{\"process\":1,\"type\":\"ret"})) ==
        "h:2: byte 25: the string has no end (the last line has no end: is it cut?)");
  CHECK(complaint(lines({kCall, "{} x\n"})) == "h:2: byte 4: something follows the value");
  CHECK(complaint(lines({kCall, "[]\n"})) == "h:2: a JSON object was expected");
  CHECK(complaint(lines({kCall, "{}\n"})) == "h:2: 'type' is missing");
  CHECK(complaint(lines({kCall, "{\"a\":\"\xFF\"}\n"})) == "h:2: byte 7: not UTF-8");
  CHECK(complaint(lines({kInvoke, kCall})) == "h:2: byte 21: a keyword without a name");
  CHECK(complaint("{\"process\":1,\"type\":\"call\",\"function\":\"f\",\"keys\":1}\n") ==
        "h:1: 'keys' has no meaning here");
  CHECK(complaint("{\"process\":1,\"type\":\"cal\",\"function\":\"f\"}\n") ==
        "h:1: 'type' is 'cal': call, return or crash expected");
  CHECK(complaint(lines({kCall, "{\"process\":1,\"type\":\"return\",\"outcome\":\"no\"}\n"})) ==
        "h:2: 'outcome' is 'no': ok, failed or unknown was expected");
  CHECK(complaint("{\"process\":\"a\",\"type\":\"call\",\"function\":\"f\"}\n") ==
        "h:1: 'process' is not a whole number");
  CHECK(complaint(lines({kInvoke, "{:process 1, :type :maybe, :f :put}\n"})) ==
        "h:2: ':type' is 'maybe': :invoke, :ok, :fail or :info was expected");
}

TEST_CASE("times that go back are refused") {
  CHECK(complaint("{\"process\":1,\"type\":\"call\",\"function\":\"f\",\"time\":5}\n"
                  "{\"process\":1,\"type\":\"return\",\"outcome\":\"ok\",\"time\":4}\n") ==
        "h:2: the time 4 is before that of the last event, 5: events must stand in the order in "
        "which they happened");
  CHECK(complaint("{:process 1, :type :invoke, :f :f, :index 3}\n"
                  "{:process 1, :type :ok, :f :f, :index 3}\n") == "h:2: ':index' 3 comes after 3");
  CHECK(complaint("{:process 1, :type :invoke, :f :f, :index 3}\n"
                  "{:process 1, :type :ok, :f :f}\n") ==
        "h:2: ':index' is missing, but other lines have it");
}

TEST_CASE("a file of our own that was cut is not taken for a whole one") {
  const std::string begin = "{\"norn_history\":1}\n";
  CHECK(complaint(lines({begin, kCall, kReturn, "{\"events\":2}\n"})).empty());
  CHECK(complaint(lines({begin, kCall, kReturn})) ==
        "h:3: the file is cut: its last line is not {\"events\":N}");
  CHECK(complaint(lines({begin, kCall, "{\"events\":2}\n"})) ==
        "h:3: there should be 2 events, but there are 1");
  CHECK(complaint(lines({begin, kCall, "{\"events\":1}\n", kReturn})) ==
        "h:4: a line after the end, which is {\"events\":N}");
  CHECK(complaint("{\"norn_history\":2}\n") == "h:1: version 2 is not known: only 1");
  CHECK(complaint(lines({kCall, begin})) == "h:2: 'norn_history' stands in the first line only");
}

TEST_CASE("what nobody could read again is not written") {
  History history;
  REQUIRE(history.call({.process = 1, .function = "put it", .argument = "\xFF"}).ok());
  std::ostringstream out;
  const auto json = write_history(history, HistoryFormat::json_lines, out);
  REQUIRE_FALSE(json.ok());
  CHECK(json.error().message == "history: operation 0: what it carries is not UTF-8");
  History spaced;
  REQUIRE(spaced.call({.process = 1, .function = "put it"}).ok());
  const auto edn = write_history(spaced, HistoryFormat::edn, out);
  REQUIRE_FALSE(edn.ok());
  CHECK(edn.error().message == "history: operation 0: 'put it' cannot be a keyword of EDN");
}
