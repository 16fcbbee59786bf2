#include "norn/check/value.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace norn::check;

namespace {

std::string complaint_of_json(std::string_view text) {
  const auto value = parse_json(text);
  return value.ok() ? "" : value.error().message;
}

std::string complaint_of_edn(std::string_view text) {
  const auto value = parse_edn(text);
  return value.ok() ? "" : value.error().message;
}

std::string nested(int levels, char open, char close) {
  return std::string(static_cast<std::size_t>(levels), open) +
         std::string(static_cast<std::size_t>(levels), close);
}

const std::vector<Value>& samples() {
  static const std::vector<Value> kSamples = {
      Value(),
      Value(false),
      Value(true),
      Value(INT64_MIN),
      Value(-1),
      Value(0),
      Value(INT64_MAX),
      Value(""),
      Value("a\"b\\c\n\t\x01\x7F/"),
      Value("gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x9F"),
      Value("nil"),
      Value(Value::List{}),
      Value(Value::List{1, "two", Value()}),
      Value(Value::List{1, "two", Value::List{}}),
      Value(Value::Map{}),
      Value(Value::Map{{.key = "a", .value = 1}, {.key = "b", .value = Value::List{true}}}),
  };
  return kSamples;
}

}  // namespace

TEST_CASE("a value written as JSON or EDN is read back as itself") {
  for (const Value& value : samples()) {
    INFO(to_json(value));
    REQUIRE(parse_json(to_json(value)).ok());
    CHECK(*parse_json(to_json(value)) == value);
    INFO(to_edn(value));
    REQUIRE(parse_edn(to_edn(value)).ok());
    CHECK(*parse_edn(to_edn(value)) == value);
  }
}

TEST_CASE("every character of ASCII is read back from JSON, wherever it stands in a string") {
  for (char c = 0; c >= 0 && c < 127; ++c) {
    for (const std::string before : {"", "a", "\n", "ab\"", "\xC3\xBC"}) {
      const Value value(before + c + "z" + c);
      INFO(to_json(value));
      REQUIRE(parse_json(to_json(value)).ok());
      CHECK(*parse_json(to_json(value)) == value);
    }
  }
}

TEST_CASE("a value can take the place of any other, of itself and of what it is a part of") {
  for (const Value& before : samples()) {
    for (const Value& after : samples()) {
      Value copied = before;
      copied = after;
      CHECK(copied == after);
      Value source = after;
      Value moved = before;
      moved = std::move(source);
      CHECK(moved == after);
      source = before;  // what was moved from may be used again
      CHECK(source == before);

      Value outer(Value::List{before, Value::List{after, before}, "a text of more than 15 bytes"});
      Value same = outer;
      const Value& itself = same;
      same = itself;
      CHECK(same == outer);
      Value inner = outer;
      inner = inner.list()[1];
      CHECK(inner == outer.list()[1]);
      inner = inner.list()[0];
      CHECK(inner == after);
    }
  }
}

TEST_CASE("values are ordered by kind, then by what they hold") {
  const std::vector<Value>& sorted = samples();
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      INFO(to_json(sorted[i]) << " and " << to_json(sorted[j]));
      CHECK((sorted[i] <=> sorted[j]) == (i <=> j));
      CHECK((sorted[i] == sorted[j]) == (i == j));
      CHECK((sorted[i].hash() == sorted[j].hash()) == (i == j));
    }
  }
}

TEST_CASE("a map finds its keys, in whatever order they were given") {
  const Value map(
      Value::Map{{.key = "b", .value = 2}, {.key = "a", .value = 1}, {.key = "c", .value = 3}});
  REQUIRE(map.at("a") != nullptr);
  CHECK(*map.at("a") == Value(1));
  CHECK(*map.at("c") == Value(3));
  CHECK(map.at("d") == nullptr);
  CHECK(to_json(map) == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("JSON that is not quite JSON is refused with its place") {
  CHECK(complaint_of_json("") == "byte 1: a value was expected, but the text ends");
  CHECK(complaint_of_json("[1,]") == "byte 4: a value was expected");
  CHECK(complaint_of_json("[1 2]") == "byte 4: ',' or ']' was expected");
  CHECK(complaint_of_json("{\"a\" 1}") == "byte 6: ':' was expected");
  CHECK(complaint_of_json("{a:1}") == "byte 2: a string was expected");
  CHECK(complaint_of_json("{\"a\":1,\"a\":1}") == "byte 14: the key 'a' is there twice");
  CHECK(complaint_of_json("1 2") == "byte 3: something follows the value");
  CHECK(complaint_of_json("nul") == "byte 1: a value was expected");
  CHECK(complaint_of_json("nullx") == "byte 5: something follows the value");
  CHECK(complaint_of_json("1.5") == "byte 1: '1.5' is not a whole number");
  CHECK(complaint_of_json("1e3") == "byte 1: '1e3' is not a whole number");
  CHECK(complaint_of_json("01") == "byte 1: a number may not begin with 0");
  CHECK(complaint_of_json("9223372036854775808") ==
        "byte 1: '9223372036854775808' does not fit 64 bits");
  CHECK(complaint_of_json("\"abc") == "byte 5: the string has no end");
  CHECK(complaint_of_json("\"\\x\"") == "byte 3: an unknown escape in a string");
  CHECK(complaint_of_json("\"\\u12\"") == "byte 4: an escape \\u needs four hexadecimal digits");
  CHECK(complaint_of_json("\"\\uDC00\"") == "byte 8: half of a surrogate pair in a string");
  CHECK(complaint_of_json("\"\\uD800x\"") == "byte 8: half of a surrogate pair in a string");
  CHECK(complaint_of_json(std::string("\"a\0b\"", 5)) == "byte 3: a control character in a string");
  CHECK(complaint_of_json(nested(kMaxValueNesting, '[', ']')).empty());
  CHECK(complaint_of_json(nested(kMaxValueNesting + 1, '[', ']')) ==
        "byte 65: nested deeper than 64 levels");
}

TEST_CASE("escapes of JSON mean their characters") {
  const auto value = parse_json(R"("\u00fc\ud83d\udc1f\n\/")");
  REQUIRE(value.ok());
  CHECK(value->string() == "\xC3\xBC\xF0\x9F\x90\x9F\n/");
}

TEST_CASE("EDN's words, collections and comments are read as the nearest thing") {
  const auto value = parse_edn(
      "[:append sym \\a \\newline #{3 1 2} (1, 2) {:k 1, 0 +2} #_ {:gone [1]} nil] ; and no more");
  REQUIRE(value.ok());
  CHECK(to_json(*value) == R"(["append","sym","a","\n",[1,2,3],[1,2],{"0":2,"k":1},null])");
}

TEST_CASE("EDN that is not understood is refused with its place") {
  CHECK(complaint_of_edn("[1 2") == "byte 5: ']' is missing");
  CHECK(complaint_of_edn("{:a}") == "byte 4: a key without a value");
  CHECK(complaint_of_edn("{:a 1 \"a\" 2}") == "byte 13: the key 'a' is there twice");
  CHECK(complaint_of_edn("#{1 1}") == "byte 7: an item is in the set twice");
  CHECK(complaint_of_edn("#inst \"2020\"") == "byte 1: a tag that is not known");
  CHECK(complaint_of_edn("1.5") == "byte 1: '1.5' is not a whole number");
  CHECK(complaint_of_edn(":") == "byte 2: a keyword without a name");
  CHECK(complaint_of_edn("1 :x") == "byte 3: something follows the value");
  CHECK(complaint_of_edn(")") == "byte 1: a value was expected");
  CHECK(complaint_of_edn(nested(kMaxValueNesting, '(', ')')).empty());
  CHECK(complaint_of_edn(nested(100'000, '(', ')')) == "byte 65: nested deeper than 64 levels");
  CHECK(complaint_of_edn("#_ #_ 1") == "byte 8: a value was expected, but the text ends");
}

TEST_CASE("bytes that are not UTF-8 are found, and never written") {
  CHECK(find_invalid_utf8("gr\xC3\xBC") == std::string::npos);
  CHECK(find_invalid_utf8("ab\xC3") == 2);
  CHECK(find_invalid_utf8("\xC0\x80") == 0);
  CHECK(find_invalid_utf8("a\xED\xA0\x80") == 1);
  CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0);
  CHECK(find_invalid_utf8("\xE0\x80\x80") == 0);
  CHECK(to_json(Value("a\xFF")) == "\"a\xEF\xBF\xBD\"");
}
