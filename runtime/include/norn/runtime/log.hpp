// What node code tells the trace about itself.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <nlohmann/json_fwd.hpp>

namespace norn {

enum class Log : std::uint8_t { debug, info, warning, error };

// log() adds a line of text to the trace, at the present instant, under the calling node and fiber.
void log(Log level, std::string_view text);
inline void log(std::string_view text) {
  log(Log::info, text);
}

// publish() puts a piece of the node's state into the trace ("term" = 3), to be shown beside the
// node at every later instant until it is published again. Keys that viewers know: "role", "term",
// "commit". A json value needs <nlohmann/json.hpp>.
void publish(std::string_view key, const nlohmann::json& value);
void publish(std::string_view key, std::string_view value);
void publish(std::string_view key, const char* value);
void publish(std::string_view key, bool value);
void publish(std::string_view key, double value);
void publish(std::string_view key, std::int64_t value);
void publish(std::string_view key, std::uint64_t value);
template <std::integral Integer>
void publish(std::string_view key, Integer value) {
  if constexpr (std::is_signed_v<Integer>) {
    publish(key, static_cast<std::int64_t>(value));
  } else {
    publish(key, static_cast<std::uint64_t>(value));
  }
}

}  // namespace norn
