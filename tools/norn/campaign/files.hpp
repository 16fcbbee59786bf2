// The files of a campaign: whole or not there.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "norn/runtime/result.hpp"

namespace norn::command {

using Json = nlohmann::ordered_json;

// replace_file() writes beside, flushes to the disk and renames. Errors: io_error.
Result<void> replace_file(const std::string& path, std::string_view content);

// read_file() errors: not_found, io_error.
Result<std::string> read_file(const std::string& path);

// read_json() errors: those of read_file(), and invalid.
Result<Json> read_json(const std::string& path);

// text_of() is one line of JSON; what is no UTF-8 in its texts is replaced.
std::string text_of(const Json& json);

Result<void> make_folder(const std::string& path);

// shell_word() quotes a word for a POSIX shell where that is needed.
std::string shell_word(std::string_view text);

}  // namespace norn::command
