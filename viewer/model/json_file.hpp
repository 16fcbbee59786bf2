// Small files of our own that are written whole or not at all.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

// read_json_file() is without a value when there is no such file. Errors: one line that names the
// file and what is wrong with it.
Result<std::optional<nlohmann::json>> read_json_file(const std::string& path);

// write_json_file() writes beside the file and renames, so that nobody ever sees half of it.
// Missing folders are made. Errors: io_error or no_space, with the file's name.
Result<void> write_json_file(const std::string& path, const nlohmann::json& value);

}  // namespace norn::viewer
