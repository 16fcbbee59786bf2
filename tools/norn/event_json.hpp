// One event as a JSON object, and the events that a filter lets through.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "norn/trace/reader.hpp"

namespace norn::command {

nlohmann::ordered_json event_json(const trace::Reader& reader, const trace::Event& event);

// The fields of event_json(), for --help.
std::string json_fields_help();

// JSON text in one line; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::ordered_json& value);

}  // namespace norn::command
