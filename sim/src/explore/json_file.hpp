// JSON files that people edit: what is wrong in one is said with its place.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "norn/runtime/result.hpp"

namespace norn::explore {

// read_json_file() errors: not_found, io_error, invalid ("FILE:3:17: ..." with line and column;
// a member that is there twice with its path).
Result<nlohmann::json> read_json_file(const std::string& path);

}  // namespace norn::explore
