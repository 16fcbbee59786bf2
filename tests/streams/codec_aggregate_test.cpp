// Aggregates as messages: by field name, tolerant of versions, intolerant of nonsense.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

enum class Colour : std::uint8_t { red, green };

struct Line {
  std::string article;
  int count = 1;
  std::optional<double> price;
};

struct Order {
  using Reply = std::vector<Line>;
  std::uint64_t number = 0;
  std::string customer = "nobody";
  std::vector<Line> lines;
  norn::Duration patience = 5ms;
};

struct Everything {
  bool yes = false;
  char letter = 'a';
  Colour colour = Colour::red;
  std::array<std::string, 2> pair_of_names;
  int matrix[2][2]{};
  std::map<std::string, Line> by_name;
  std::map<int, std::string> by_number;
  std::pair<int, std::string> couple;
  std::tuple<int, Line, bool> triple;
  std::variant<std::monostate, int, std::string, Line> choice;
  norn::TimePoint when{};
  norn::Bytes bytes;
  std::set<int> numbers;
  norn::Address who;
  Json free;
  double ratio = 0;
};

struct Own {
  int x = 0;
  std::string y;
};
void to_json(Json& json, const Own& own) {
  json = "own " + std::to_string(own.x);
}
void from_json(const Json& json, Own& own) {
  own.x = std::stoi(json.get<std::string>().substr(4));
}
struct HoldsOwn {
  Own own;
  std::string text;
};

struct OldOrder {
  std::uint64_t number = 0;
  std::string colour = "blue";
};
struct Small {
  std::int8_t value = 0;
  std::string text;
};

template <class T>
norn::Bytes encoded(const T& value) {
  norn::Bytes out;
  norn::Codec<T>::encode(
      value, [&](std::span<const std::byte> bytes) { out.assign(bytes.begin(), bytes.end()); });
  return out;
}

Json as_json(const norn::Bytes& bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return Json::from_cbor(data, data + bytes.size());
}

norn::Bytes cbor(const Json& json) {
  const auto bytes = Json::to_cbor(json);
  const auto view = std::as_bytes(std::span(bytes));
  return {view.begin(), view.end()};
}

norn::Bytes raw(std::initializer_list<int> values) {
  norn::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

template <class T>
std::string refusal(const norn::Bytes& bytes) {
  const auto value = norn::Codec<T>::decode(bytes);
  if (value) return "accepted";
  return std::string(name(value.error().code)) + ": " + value.error().message;
}

}  // namespace

TEST_CASE("an aggregate goes as an object by the names of its fields") {
  const Order order{7, "ada", {{"nut", 3, 0.5}, {"bolt", 1, std::nullopt}}, 9ms};
  const norn::Bytes bytes = encoded(order);
  CHECK(as_json(bytes) == Json::parse(R"({"number":7,"customer":"ada","patience":9000000,"lines":[
          {"article":"nut","count":3,"price":0.5},{"article":"bolt","count":1,"price":null}]})"));
  const auto back = norn::Codec<Order>::decode(bytes);
  REQUIRE(back);
  CHECK(back->lines.size() == 2);
  CHECK(back->lines[1].article == "bolt");
  CHECK_FALSE(back->lines[1].price.has_value());
  CHECK(back->patience == 9ms);
  CHECK(encoded(*back) == bytes);
}

TEST_CASE("the bytes are the same from every compiler") {
  const Order order{7, "ada", {{"nut", 3, 0.5}}, 9ms};
  std::string hex;
  for (const std::byte each : encoded(order)) {
    hex += "0123456789abcdef"[std::to_integer<unsigned>(each) >> 4U];
    hex += "0123456789abcdef"[std::to_integer<unsigned>(each) & 15U];
  }
  CHECK(hex ==
        "a468637573746f6d657263616461656c696e657381a36761727469636c65636e757465636f756e7403657072"
        "696365fa3f000000666e756d626572076870617469656e63651a00895440");
}

TEST_CASE("every kind of field comes back, sixteen of them") {
  const bool passed = norn::test::passes([] {
    Everything all;
    all.yes = true;
    all.letter = 'z';
    all.colour = Colour::green;
    all.pair_of_names = {"x", "y"};
    all.matrix[1][0] = 5;
    all.by_name["k"] = {"nut", 2, 1.5};
    all.by_number[-3] = "minus three";
    all.couple = {1, "one"};
    all.triple = {2, {"two", 2, {}}, true};
    all.choice = Line{"chosen", 1, {}};
    all.when = norn::TimePoint{} + 3s;
    all.bytes = raw({1, 2, 255});
    all.numbers = {3, 1, 2};
    all.who = norn::self();
    all.free = Json{{"anything", {1, 2}}};
    all.ratio = 0.1;
    const norn::Bytes bytes = encoded(all);
    const Json json = as_json(bytes);
    REQUIRE(json["who"] == "n1");
    REQUIRE(json["bytes"].is_binary());
    REQUIRE(json["choice"][0] == 3);
    const auto back = norn::Codec<Everything>::decode(bytes);
    REQUIRE(back);
    REQUIRE(encoded(*back) == bytes);
    REQUIRE(back->matrix[1][0] == 5);
    REQUIRE(back->by_number.at(-3) == "minus three");
    REQUIRE(std::get<Line>(back->choice).article == "chosen");
    REQUIRE(back->who == norn::self());
    REQUIRE(back->when - norn::TimePoint{} == 3s);
  });
  CHECK(passed);
}

TEST_CASE("fields that are not known are passed over, missing ones keep their defaults") {
  const auto newer = norn::Codec<Order>::decode(encoded(OldOrder{5, "red"}));
  REQUIRE(newer);
  CHECK(newer->number == 5);
  CHECK(newer->customer == "nobody");
  CHECK(newer->patience == 5ms);
  const auto older = norn::Codec<OldOrder>::decode(encoded(Order{6, "ada", {}, 1ms}));
  REQUIRE(older);
  CHECK(older->number == 6);
  CHECK(older->colour == "blue");
}

TEST_CASE("a type with to_json and from_json of its own keeps them inside an aggregate") {
  const norn::Bytes bytes = encoded(HoldsOwn{{4, "lost"}, "t"});
  CHECK(as_json(bytes)["own"] == "own 4");
  const auto back = norn::Codec<HoldsOwn>::decode(bytes);
  REQUIRE(back);
  CHECK(back->own.x == 4);
  CHECK(refusal<HoldsOwn>(cbor({{"own", 5}})).starts_with("bad_message: own: "));
  CHECK(refusal<HoldsOwn>(cbor({{"own", "own x"}})).starts_with("bad_message: own: "));
}

TEST_CASE("a value of the wrong kind is refused with its place") {
  CHECK(refusal<Order>(cbor({{"lines", {{{"article", "nut"}, {"count", "three"}}}}})) ==
        "bad_message: lines[0].count: a whole number is expected");
  CHECK(refusal<Order>(cbor({{"number", -1}})) ==
        "bad_message: number: the number -1 does not fit");
  CHECK(refusal<Small>(cbor({{"value", 128}})) ==
        "bad_message: value: the number 128 does not fit");
  CHECK(refusal<Small>(cbor({{"value", -128}})) == "accepted");
  CHECK(refusal<Order>(cbor({{"customer", 1}})) == "bad_message: customer: a string is expected");
  CHECK(refusal<Order>(cbor(Json::array({1}))) == "bad_message: an object is expected");
  CHECK(refusal<Everything>(cbor({{"choice", {9, 1}}})) ==
        "bad_message: choice: there is no alternative 9");
  CHECK(refusal<Everything>(cbor({{"matrix", {{1, 2}}}})) ==
        "bad_message: matrix: an array of 2 is expected");
}

TEST_CASE("bytes that are not CBOR are refused before anything is allocated for them") {
  CHECK(refusal<Order>({}) == "bad_message: not CBOR: it ends too early, at byte 0");
  // An array, a map, a string and bytes of 2^60 items.
  CHECK(refusal<Order>(raw({0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0})) ==
        "bad_message: not CBOR: a length beyond the end, at byte 9");
  CHECK_FALSE(norn::Codec<Order>::decode(raw({0xbb, 0x10, 0, 0, 0, 0, 0, 0, 0})));
  CHECK_FALSE(norn::Codec<Order>::decode(raw({0x7b, 0x10, 0, 0, 0, 0, 0, 0, 0})));
  CHECK_FALSE(norn::Codec<Order>::decode(raw({0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})));
  CHECK_FALSE(norn::Codec<Order>::decode(raw({0x9f, 0x01, 0xff})));
  CHECK_FALSE(norn::Codec<Order>::decode(raw({0xa0, 0x00})));
  CHECK(refusal<Order>(norn::Bytes(1'000'000, std::byte{0x81})) ==
        "bad_message: not CBOR: it is nested too deeply, at byte 33");
  CHECK(refusal<Order>(raw({0xa0})) == "accepted");
}

TEST_CASE("damaged bytes are refused or understood, and never crash") {
  norn::Bytes whole = encoded(Order{7, "ada", {{"nut", 3, 0.5}, {"bolt", 1, {}}}, 9ms});
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK_FALSE(norn::Codec<Order>::decode(std::span(whole).first(i)));
    for (unsigned bit = 0; bit < 8; ++bit) {
      norn::Bytes damaged = whole;
      damaged[i] ^= static_cast<std::byte>(1U << bit);
      if (!norn::Codec<Order>::decode(damaged)) ++refused;
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("aggregates are sent and answered between nodes without any macro") {
  norn::Simulation simulation(norn::test::options());
  int answered = 0;
  simulation.node("shop", [] { norn::serve([](const Order& order) { return order.lines; }); });
  simulation.node("ada", [&] {
    const auto reply = norn::call("shop", Order{1, "ada", {{"nut", 3, {}}}, 1ms});
    REQUIRE(reply.ok());
    REQUIRE(reply->at(0).article == "nut");
    ++answered;
  });
  simulation.run_for(5s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(answered == 1);
}
