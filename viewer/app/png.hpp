// Writing pictures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

// RGB, eight bits each, rows from the top.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgb;
};

// write_png() writes beside `path` and renames. An existing file is an error (already_exists)
// unless `overwrite`.
Result<void> write_png(const Image& image, const std::string& path, bool overwrite);
// read_png() is for tests and comparisons.
Result<Image> read_png(const std::string& path);

}  // namespace norn::viewer
