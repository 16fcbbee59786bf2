#include "viewer/ui/virtual_screen.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace norn::viewer::test {
namespace {

// The XWD file format (X11/XWDFile.h): 25 big-endian words, then the window's name, colours, and
// the pixels.
constexpr std::size_t kHeaderWords = 25;
enum Word : std::size_t {
  header_size = 0,
  pixmap_width = 4,
  pixmap_height = 5,
  byte_order = 7,
  bits_per_pixel = 11,
  bytes_per_line = 12,
  colours = 19
};
constexpr std::size_t kColourSize = 12;

std::uint32_t big_endian(const std::vector<char>& bytes, std::size_t word) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = (value << 8U) | static_cast<std::uint8_t>(bytes[word * 4 + i]);
  return value;
}

}  // namespace

std::string VirtualScreen::why_not() {
  if (!program_exists("Xvfb")) return "Xvfb is not installed (package xvfb)";
  if (!program_exists("xdotool")) return "xdotool is not installed (package xdotool)";
  return {};
}

VirtualScreen::VirtualScreen(std::uint32_t width, std::uint32_t height) {
  const std::string screen = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const std::string number = folder_.path() + "/display";
  // The server chooses a free display and writes its number on its standard output.
  server_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"Xvfb", "-displayfd", "1", "-screen", "0", screen, "-fbdir",
                               folder_.path(), "-nolisten", "tcp", "-noreset"},
      std::map<std::string, std::string>{}, number);
  for (int i = 0; i < 600 && display_.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::string line;
    std::ifstream file(number);
    if (std::getline(file, line) && !file.eof()) display_ = ":" + line;
    if (!server_->running()) throw std::runtime_error("Xvfb ended at once");
  }
  if (display_.empty()) throw std::runtime_error("Xvfb did not start within a minute");
}

void VirtualScreen::xdotool(std::vector<std::string> words) const {
  words.insert(words.begin(), "xdotool");
  const Ran ran = run(words, {{"DISPLAY", display_}});
  if (ran.exit_code != 0) throw std::runtime_error("xdotool failed: " + ran.output);
}

Image VirtualScreen::picture() const {
  std::ifstream file(folder_.path() + "/Xvfb_screen0", std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < kHeaderWords * 4) return {};
  const std::uint32_t width = big_endian(bytes, pixmap_width);
  const std::uint32_t height = big_endian(bytes, pixmap_height);
  const std::size_t row = big_endian(bytes, bytes_per_line);
  const std::size_t begin =
      big_endian(bytes, header_size) + big_endian(bytes, colours) * kColourSize;
  if (big_endian(bytes, bits_per_pixel) != 32 || bytes.size() < begin + row * height) return {};
  const bool blue_first = big_endian(bytes, byte_order) == 0;
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.reserve(std::size_t{width} * height * 3);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const char* const pixel = &bytes[begin + y * row + x * 4];
      for (const std::size_t at :
           blue_first ? std::array<std::size_t, 3>{2, 1, 0} : std::array<std::size_t, 3>{1, 2, 3}) {
        image.rgb.push_back(static_cast<std::uint8_t>(pixel[at]));
      }
    }
  }
  return image;
}

}  // namespace norn::viewer::test
