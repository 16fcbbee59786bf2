// Drawing without any display: an EGL context without a surface, and a framebuffer.
#pragma once

#include <cstdint>
#include <memory>

#include "app/png.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

struct PixelSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// Offscreen holds the context, current on the calling thread, and a framebuffer of one size with
// several samples a pixel, so that slanted lines come out smooth.
class Offscreen {
 public:
  static constexpr std::uint32_t kMostPixels = 16384;  // on each side

  // `samples` of a pixel are drawn: 4 for smooth slanted lines, 1 for speed.
  static constexpr int kSmooth = 4;
  static Result<std::unique_ptr<Offscreen>> create(PixelSize size, int samples = kSmooth);
  virtual ~Offscreen() = default;

  // bind() makes the framebuffer the target of what is drawn next.
  virtual void bind() = 0;
  // read() is what has been drawn.
  virtual Image read() = 0;
};

}  // namespace norn::viewer
