// JSON that comes from outside.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace norn::trace {

// parse_json() gives nothing for text that is not JSON, or that is nested so deeply (more than 200
// levels) that walking over it would need more stack than there is.
std::optional<nlohmann::json> parse_json(std::string_view text);

// The same, with the members of objects in their order.
std::optional<nlohmann::ordered_json> parse_ordered_json(std::string_view text);

// One line of JSON. Bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::json& value);

}  // namespace norn::trace
