// Files made to break what reads them: an error with a place, on one line, or a history.
#include <string>

#include "norn/check/history_file.hpp"
#include "support/catch.hpp"

using namespace norn::check;

namespace {

const std::string kCall = R"({"process":1,"type":"call","function":"read"})";
const std::string kReturn = R"({"process":1,"type":"return","outcome":"ok"})";

std::string error_of(const std::string& text) {
  const auto history = read_history(text, {.name = "f"});
  if (history.ok()) return "";
  CHECK(history.error().message.find('\n') == std::string::npos);
  CHECK(history.error().message.starts_with("f:"));
  return history.error().message;
}

std::size_t events_in(const std::string& text) {
  const auto history = read_history(text);
  if (!history.ok()) FAIL(history.error().message);
  return history->events().size();
}

std::string with_argument(const std::string& value) {
  return R"({"process":1,"type":"call","function":"write","argument":)" + value + "}\n";
}

std::string edn(const std::string& value) {
  return "{:process 1, :type :invoke, :f :write, :value " + value + "}\n";
}

Value argument_of(const std::string& text) {
  const auto history = read_history(text);
  if (!history.ok()) FAIL(history.error().message);
  return history->operation(0).argument;
}

std::string repeated(const std::string& what, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += what;
  return text;
}

}  // namespace

TEST_CASE("nasty files: ends of lines, blank lines, a byte order mark") {
  CHECK(events_in(kCall + "\r\n" + kReturn + "\r\n") == 2);
  CHECK(events_in("\n \t\n" + kCall + "\n\n" + kReturn) == 2);
  CHECK(events_in("\xEF\xBB\xBF" + kCall + "\n") == 1);
  CHECK(events_in("\xEF\xBB\xBF" + edn("1")) == 1);
  CHECK_FALSE(error_of(kCall + "\n\xEF\xBB\xBF" + kReturn).empty());
  CHECK_FALSE(error_of(kCall + "\r" + kReturn).empty());
  CHECK(error_of("").find("empty") != std::string::npos);
  CHECK(error_of(" \r\n\t\n").find("empty") != std::string::npos);
  CHECK_FALSE(error_of("\xEF\xBB\xBF").empty());
}

TEST_CASE("nasty files: NUL bytes and other control characters") {
  CHECK(error_of(kCall + "\n" + std::string(1, '\0') + "\n").starts_with("f:2:"));
  CHECK(error_of(kCall + std::string(3, '\0')).starts_with("f:1:"));
  CHECK(error_of(with_argument("\"a" + std::string(1, '\0') + "\"")).starts_with("f:1:"));
  CHECK(argument_of(with_argument(R"("\u0000")")) == Value(std::string(1, '\0')));
  CHECK_FALSE(error_of(std::string(50, '\0')).empty());
  CHECK(error_of(with_argument("\"\x01\"")).find("control character") != std::string::npos);
}

TEST_CASE("nasty files: cut anywhere, none is taken for whole") {
  const std::string whole =
      "{\"norn_history\":1}\n" + kCall + "\n" + kReturn + "\n{\"events\":2}\n";
  CHECK(events_in(whole) == 2);
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    INFO(length);
    CHECK_FALSE(error_of(whole.substr(0, length)).empty());
  }
}

TEST_CASE("nasty files: nested too deep is an error, not a crash") {
  const auto lists = [](int depth) { return repeated("[", depth) + repeated("]", depth); };
  // The line itself is one level.
  CHECK(events_in(with_argument(lists(63))) == 1);
  CHECK(error_of(with_argument(lists(64))).find("nested deeper") != std::string::npos);
  CHECK(events_in(edn(lists(63))) == 1);
  CHECK(error_of(edn(lists(64))).find("nested deeper") != std::string::npos);
  for (const char* const opening : {"[", "{\"a\":", "{:a ", "(", "#{", "#_"}) {
    INFO(opening);
    CHECK_FALSE(error_of(with_argument(repeated(opening, 100'000))).empty());
    CHECK_FALSE(error_of(edn(repeated(opening, 100'000))).empty());
  }
}

TEST_CASE("nasty files: numbers at the edge and beyond it") {
  CHECK(argument_of(with_argument("-9223372036854775808")) == Value(INT64_MIN));
  CHECK(argument_of(edn("+9223372036854775807")) == Value(INT64_MAX));
  CHECK(argument_of(with_argument("-0")) == Value(0));
  for (const char* const bad : {"9223372036854775808", "-9223372036854775809", "1.0", "1e3", "01",
                                "-", "--1", "0x10", "1_000", "NaN", "+1"}) {
    INFO(bad);
    CHECK(error_of(with_argument(bad)).starts_with("f:1:"));
  }
  CHECK(error_of(with_argument(std::string(10'000, '9'))).size() < 200);
  for (const char* const bad : {"1/2", "42N", "1.0M", "9223372036854775808", "007"}) {
    INFO(bad);
    CHECK(error_of(edn(bad)).starts_with("f:1:"));
  }
}

TEST_CASE("nasty files: members that are there twice, unknown, or missing") {
  CHECK(error_of(R"({"process":1,"process":2,"type":"call","function":"read"})").find("twice") !=
        std::string::npos);
  CHECK(error_of(R"({"process":1,"type":"call","function":"read","reuslt":2})").find("reuslt") !=
        std::string::npos);
  CHECK(error_of(R"({"type":"call","function":"read"})").find("'process' is missing") !=
        std::string::npos);
  CHECK_FALSE(error_of(R"({"process":"1","type":"call","function":"read"})").empty());
  CHECK_FALSE(error_of(R"({"process":1,"type":"call","function":""})").empty());
  CHECK_FALSE(error_of(R"({"process":1,"type":"shrug"})").empty());
  CHECK_FALSE(
      error_of(kCall + "\n" + R"({"process":1,"type":"return","outcome":"maybe"})").empty());
  CHECK_FALSE(error_of(kReturn).empty());
  CHECK_FALSE(error_of(kCall + "\n" + kReturn + "\n" + kReturn).empty());
  CHECK_FALSE(error_of(kCall + "\n" + kCall).empty());
  CHECK_FALSE(error_of("{}").empty());
  CHECK_FALSE(error_of("[1]").empty());
  CHECK_FALSE(error_of(kCall + "\n{\"norn_history\":1}").empty());
  CHECK_FALSE(error_of("{\"norn_history\":2}").empty());
  CHECK_FALSE(error_of("{\"norn_history\":1}\n" + kCall + "\n{\"events\":2}").empty());
  CHECK_FALSE(error_of("{\"norn_history\":1}\n{\"events\":0}\n" + kCall).empty());
  CHECK(events_in("{\"norn_history\":1}\n{\"events\":0}\n") == 0);
}

TEST_CASE("nasty files: strings that are none") {
  for (const char* const bad :
       {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\u12")", R"("\x41")", "\"open",
        "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xFF\"", "\"tail\\"}) {
    INFO(bad);
    CHECK(error_of(with_argument(bad)).starts_with("f:1:"));
    CHECK(error_of(edn(bad)).starts_with("f:1:"));
  }
  CHECK(argument_of(with_argument(R"("\ud83d\ude00")")) == Value("\xF0\x9F\x98\x80"));
}

TEST_CASE("nasty files: EDN with comments, discards, tags, sets, characters and odd keys") {
  CHECK(events_in("; a comment\n\n;; another {\n" + edn("1") + "; the end") == 1);
  CHECK(argument_of(edn("#_ 7 #_#_ 8 9 [1, #_ 2 3]")) == Value(Value::List{1, 3}));
  CHECK(argument_of(edn("#{3 1 2}")) == Value(Value::List{1, 2, 3}));
  CHECK(argument_of(edn("(:a \\space \\newline \\x)")) == Value(Value::List{"a", " ", "\n", "x"}));
  CHECK(argument_of(edn("{:a 1 2 \"b\" [3] nil}")) ==
        Value(Value::Map{{"a", 1}, {"2", "b"}, {"[3]", Value()}}));
  CHECK(error_of(edn("1 ; the brace is in the comment")).find("'}' is missing") !=
        std::string::npos);
  for (const char* const bad : {"#inst \"2020-01-01\"", "#uuid \"x\"", "#{1 1}", "{:a}",
                                "{:a 1 \"a\" 2}", "[1", "1 2", ")", "#", "\\", ":", "#_", "@x ("}) {
    INFO(bad);
    CHECK(error_of(edn(bad)).starts_with("f:1:"));
  }
  CHECK_FALSE(error_of(edn("1") + "{:process 1, :type :ok, :f :read, :value 1}").empty());
  CHECK_FALSE(error_of(edn("1") + "{:process 1, :type :okay, :f :write, :value 1}").empty());
  CHECK(events_in("{:process :nemesis, :type :info, :f :kill}\n" + edn("1")) == 1);
  CHECK_FALSE(error_of("{:process :other, :type :info, :f :kill}\n" + edn("1")).empty());
}
