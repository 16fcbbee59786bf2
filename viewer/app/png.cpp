#include "app/png.hpp"

#include <png.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace norn::viewer {
namespace {

png_image header_of(const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = image.width;
  png.height = image.height;
  png.format = PNG_FORMAT_RGB;
  return png;
}

}  // namespace

Result<void> write_png(const Image& image, const std::string& path, bool overwrite) {
  std::error_code error;
  if (!overwrite && std::filesystem::exists(path, error)) {
    return {Errc::already_exists, path + " exists: give --force to overwrite it, or another name"};
  }
  const std::string beside = path + ".part";
  png_image png = header_of(image);
  if (png_image_write_to_file(&png, beside.c_str(), 0, image.rgb.data(), 0, nullptr) == 0) {
    std::string why = png.message;
    if (errno != 0) why = std::strerror(errno);
    std::filesystem::remove(beside, error);
    return {Errc::io_error, "cannot write " + path + ": " + why};
  }
  std::filesystem::rename(beside, path, error);
  if (error) {
    const std::string why = error.message();
    std::filesystem::remove(beside, error);
    return {Errc::io_error, "cannot write " + path + ": " + why};
  }
  return {};
}

Result<Image> read_png(const std::string& path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path.c_str()) == 0)
    return {Errc::io_error, path + ": " + png.message};
  png.format = PNG_FORMAT_RGB;
  Image image{.width = png.width,
              .height = png.height,
              .rgb = std::vector<std::uint8_t>(PNG_IMAGE_SIZE(png))};
  if (png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr) == 0) {
    return {Errc::io_error, path + ": " + png.message};
  }
  return image;
}

}  // namespace norn::viewer
