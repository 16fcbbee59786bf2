// Paths of a disk: resolved to one form, "a/b", before anything is looked up.
#pragma once

#include <string>
#include <string_view>

namespace norn::sim {

inline constexpr std::size_t kMaxPathBytes = 4095;      // PATH_MAX without its zero byte
inline constexpr std::size_t kMaxComponentBytes = 255;  // NAME_MAX

// resolve_path() writes the path without empty and dot components ("" is the root) to `resolved`.
// Returns 0, or minus an errno value. `must_be_directory` says that the path ends in a slash or a
// dot component.
int resolve_path(std::string_view path, std::string& resolved, bool& must_be_directory);

// directory_of() is the path up to the last slash ("" for a name in the root).
std::string_view directory_of(std::string_view path);

}  // namespace norn::sim
