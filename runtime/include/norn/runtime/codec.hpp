// Codec<T>: how a value becomes bytes between nodes, and comes back.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/detail/json_value.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

using Bytes = std::vector<std::byte>;

namespace detail {

template <class T>
constexpr unsigned sum_of_bytes() {
  unsigned sum = 0;
  for (const unsigned char byte : std::bit_cast<std::array<unsigned char, sizeof(T)>>(T{}))
    sum += byte;
  return sum;
}

template <class T>
concept ConstantValue = std::is_default_constructible_v<T> &&
                        requires { typename std::bool_constant<(static_cast<void>(T{}), true)>; };

// Padding bytes and pointers have no value in a constant expression.
template <class T>
concept ConstantBytes = std::is_default_constructible_v<T> &&
                        requires { typename std::bool_constant<(sum_of_bytes<T>(), true)>; };

template <class T>
struct JsonOf {
  // Found late, so that only code that sends CBOR needs <nlohmann/json.hpp>.
  using type = nlohmann::json;
};

// A reader of JSON calls itself for each level, on the stack of a fiber.
inline constexpr std::size_t kDeepestCbor = 32;

// check_cbor() says whether a reader may be let at the bytes: one whole item, whose lengths stay
// within them and which is not nested deeper than kDeepestCbor. Error: bad_message.
Result<void> check_cbor(std::span<const std::byte> bytes);

}  // namespace detail

// Types whose bytes are their value: no padding, whose content is left to chance, and no pointers.
// A type whose default value is no constant is taken at its word about pointers. Use whole members:
// compilers disagree about bit-fields here.
template <class T>
concept SentAsBytes = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                      (std::is_empty_v<T> || detail::ConstantBytes<T> ||
                       (std::has_unique_object_representations_v<T> && !detail::ConstantValue<T>));

// Everything sent between nodes is encoded, so that no pointer crosses by accident.
// - Bytes go as they are.
// - Trivially copyable types without padding and pointers go as their bytes.
// - Other types go as CBOR (RFC 8949), so that traces show them decoded; their code includes
//   "norn/runtime/codec_json.hpp". Types with nlohmann/json's to_json and from_json use these.
//   An aggregate of up to 16 fields needs nothing: it goes as an object by the names of its fields.
//   A field that is missing in what comes keeps its default, one that is not known is passed over,
//   so that versions of a program understand each other.
//   Fields may be numbers, enumerations (as numbers), strings, durations and time points (as their
//   counts), Bytes, std::optional (null), std::variant ([number of the alternative, value]), pairs
//   and tuples, containers, std::map (an object when its keys are strings, else pairs), and
//   aggregates again, up to 32 deep. Hash tables are refused: their order is left to chance.
template <class T>
struct Codec {
  static constexpr bool is_cbor = !SentAsBytes<T>;
  static constexpr bool kCopiesBytes = !is_cbor && !std::is_empty_v<T>;

  // encode() calls sink(span<const std::byte>) once with the whole encoding.
  template <class Sink>
  static void encode(const T& value, Sink&& sink) {
    if constexpr (std::is_empty_v<T> && !is_cbor) {
      sink(std::span<const std::byte>{});
    } else if constexpr (!is_cbor) {
      sink(std::as_bytes(std::span(&value, 1)));
    } else {
      check_json();
      const Json json = detail::value_of<Json>(value);
      const std::vector<std::uint8_t> cbor = Json::to_cbor(json);
      sink(std::as_bytes(std::span(cbor)));
    }
  }

  // decode() returns the value, or bad_message when the bytes are not an encoding of a T.
  static Result<T> decode(std::span<const std::byte> bytes) {
    if constexpr (std::is_empty_v<T> && !is_cbor) {
      if (!bytes.empty()) return wrong_size(bytes.size(), 0);
      return T{};
    } else if constexpr (!is_cbor) {
      if (bytes.size() != sizeof(T)) return wrong_size(bytes.size(), sizeof(T));
      T value;
      std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
      return value;
    } else {
      return decode_cbor(bytes);
    }
  }

 private:
  using Json = typename detail::JsonOf<T>::type;

  static constexpr void check_json() {
    static_assert(
        requires { sizeof(Json); },
        "this type is sent as CBOR: include \"norn/runtime/codec_json.hpp\" (or make it a type "
        "whose bytes are its value: no padding, pointers or strings)");
  }

  static Result<T> decode_cbor(std::span<const std::byte> bytes) {
    check_json();
    if (const Result<void> checked = detail::check_cbor(bytes); !checked) return checked.error();
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const Json json = Json::from_cbor(data, data + bytes.size(), true, false);
    if (json.is_discarded()) return Error{Errc::bad_message, "not CBOR"};
    if constexpr (std::is_default_constructible_v<T>) {
      T value{};
      detail::Problem problem;
      if (detail::from_value(json, value, problem)) return value;
      return Error{Errc::bad_message, problem.text()};
    } else {
      std::optional<T> value;
      try {
        value.emplace(json.template get<T>());
      } catch (const std::exception& problem) {
        return Error{Errc::bad_message, problem.what()};
      }
      return std::move(*value);
    }
  }

  // Never inline: the text of an error would keep decode() itself from being inlined.
  [[gnu::cold, gnu::noinline]] static Error wrong_size(std::size_t got, std::size_t want) {
    return {Errc::bad_message, "message of " + std::to_string(got) + " bytes where " +
                                   std::to_string(want) + " are expected"};
  }
};

template <>
struct Codec<Bytes> {
  static constexpr bool is_cbor = false;

  template <class Sink>
  static void encode(const Bytes& value, Sink&& sink) {
    sink(std::span<const std::byte>(value));
  }
  static Result<Bytes> decode(std::span<const std::byte> bytes) {
    return Bytes(bytes.begin(), bytes.end());
  }
};

}  // namespace norn
