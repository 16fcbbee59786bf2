// Codec<T>: how a value becomes bytes between nodes, and comes back.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

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
// - Other types need nlohmann/json's to_json and from_json (NLOHMANN_DEFINE_TYPE_... writes both)
//   and go as CBOR (RFC 8949), so that traces can show them decoded. A struct with padding may get
//   a member that fills it instead: `std::uint8_t unused[3]{};`.
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
      const Json json = value;
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
      check_json();
      try {
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return Json::from_cbor(data, data + bytes.size()).template get<T>();
      } catch (const typename Json::exception& problem) {
        return Error{Errc::bad_message, problem.what()};
      }
    }
  }

 private:
  using Json = typename detail::JsonOf<T>::type;

  static constexpr void check_json() {
    static_assert(
        requires { sizeof(Json); }, "this type is sent as CBOR: include <nlohmann/json.hpp>");
    static_assert(
        requires(Json json, const T& value) {
          json = value;
          json.template get<T>();
        },
        "this type has padding, pointers or parts of its own, so its bytes are not its value: "
        "fill the padding, or give it to_json and from_json (NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE)");
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
