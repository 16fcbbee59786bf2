#include "norn/runtime/codec.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

namespace {

struct Empty {};
struct Whole {
  int a;
  int b;
};
struct Padded {
  char a;
  int b;
};
struct PaddedWithJson {
  char a;
  int b;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PaddedWithJson, a, b)
struct Filled {
  char a;
  std::uint8_t unused[3]{};
  int b;
};
struct Floating {
  double x;
  std::int64_t y;
};
struct FloatingPadded {
  double x;
  std::int32_t y;
};
struct Pointing {
  int* p;
};
struct Nested {
  Whole whole;
  Floating floating;
  std::chrono::nanoseconds time;
};
enum class Colour : char { red };
struct Made {
  explicit Made(int value) : v(value) {}
  int v;
};

using norn::SentAsBytes;
static_assert(SentAsBytes<Empty> && SentAsBytes<Whole> && SentAsBytes<Nested> && SentAsBytes<int>);
static_assert(SentAsBytes<double> && SentAsBytes<Floating> && SentAsBytes<Colour>);
static_assert(SentAsBytes<Filled> && SentAsBytes<Made>);
static_assert(!SentAsBytes<Padded> && !SentAsBytes<FloatingPadded>);
static_assert(!SentAsBytes<Pointing> && !SentAsBytes<int*> && !SentAsBytes<std::optional<int>>);
static_assert(!SentAsBytes<std::string>);

template <class T>
norn::Bytes encoded(const T& value) {
  norn::Bytes out;
  norn::Codec<T>::encode(
      value, [&](std::span<const std::byte> bytes) { out.assign(bytes.begin(), bytes.end()); });
  return out;
}

}  // namespace

TEST_CASE("a type whose bytes are its value is sent as them") {
  const norn::Bytes bytes = encoded(Whole{7, -1});
  REQUIRE(bytes.size() == sizeof(Whole));
  const auto back = norn::Codec<Whole>::decode(bytes);
  REQUIRE(back);
  CHECK(back->a == 7);
  CHECK(back->b == -1);
  CHECK(encoded(Empty{}).empty());
}

TEST_CASE("a padded type with JSON conversions is sent as CBOR, equal for equal values") {
  alignas(PaddedWithJson) std::byte dirty[sizeof(PaddedWithJson)];
  for (std::byte& byte : dirty) byte = std::byte{0xa5};
  auto* const value = new (dirty) PaddedWithJson;
  value->a = 'x';
  value->b = 5;
  CHECK(encoded(*value) == encoded(PaddedWithJson{'x', 5}));
  const auto back = norn::Codec<PaddedWithJson>::decode(encoded(*value));
  REQUIRE(back);
  CHECK(back->b == 5);
}

TEST_CASE("bytes that are no encoding are refused with what is wrong") {
  const norn::Bytes short_one(3);
  const auto whole = norn::Codec<Whole>::decode(short_one);
  REQUIRE_FALSE(whole);
  CHECK(whole.error().code == norn::Errc::bad_message);
  CHECK(whole.error().message == "message of 3 bytes where 8 are expected");
  CHECK_FALSE(norn::Codec<Empty>::decode(short_one));
  const auto cbor = norn::Codec<PaddedWithJson>::decode(short_one);
  REQUIRE_FALSE(cbor);
  CHECK(cbor.error().code == norn::Errc::bad_message);
}
