// What node code tells the trace about itself.
#pragma once

#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

namespace norn {

enum class Log : std::uint8_t { debug, info, warning, error };

// log() adds a line of text to the trace, at the present instant, under the calling node and fiber.
void log(Log level, std::string_view text);
inline void log(std::string_view text) {
  log(Log::info, text);
}

// publish() puts a piece of the node's state into the trace ("term" = 3), to be shown beside the
// node at every later instant until it is published again. Keys that viewers know: "role", "term",
// "commit".
void publish(std::string_view key, const nlohmann::json& value);

}  // namespace norn
