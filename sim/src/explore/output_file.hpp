// Output files: written beside and renamed, so that nobody ever sees half of one.
#pragma once

#include <string>
#include <string_view>

#include "norn/runtime/result.hpp"

namespace norn::explore {

// write_output() errors: already_exists (unless `overwrite`), io_error, no_space.
Result<void> write_output(const std::string& path, std::string_view content, bool overwrite);

// make_directories() makes `path` and what is missing above it.
Result<void> make_directories(const std::string& path);

// check_writable() is an error when files cannot be made in `directory`, or it cannot be made
// itself. It changes nothing.
Result<void> check_writable(const std::string& directory);

}  // namespace norn::explore
