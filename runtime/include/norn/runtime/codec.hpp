// Codec<T>: how a value becomes bytes between nodes, and comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime/result.hpp"

namespace norn {

using Bytes = std::vector<std::byte>;

// Everything sent between nodes is encoded, so that no pointer crosses by accident.
// - Bytes go as they are.
// - Trivially copyable types without pointers in them go as their bytes.
// - Other types need nlohmann/json's to_json and from_json (NLOHMANN_DEFINE_TYPE_… writes both) and
// go as
//   CBOR (RFC 8949), so that traces can show them decoded.
template <class T>
struct Codec {
  static constexpr bool is_cbor = !std::is_trivially_copyable_v<T>;

  // encode() calls sink(span<const std::byte>) once with the whole encoding.
  template <class Sink>
  static void encode(const T& value, Sink&& sink) {
    if constexpr (!is_cbor) {
      static_assert(!std::is_pointer_v<T>, "a pointer means nothing on another node");
      if constexpr (std::is_empty_v<T>) {
        sink(std::span<const std::byte>{});
      } else {
        sink(std::as_bytes(std::span(&value, 1)));
      }
    } else {
      const nlohmann::json json = value;
      const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(json);
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
      try {
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return nlohmann::json::from_cbor(data, data + bytes.size()).template get<T>();
      } catch (const nlohmann::json::exception& problem) {
        return Error{Errc::bad_message, problem.what()};
      }
    }
  }

 private:
  static Error wrong_size(std::size_t got, std::size_t want) {
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
