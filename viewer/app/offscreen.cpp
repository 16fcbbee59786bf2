#include "app/offscreen.hpp"

#define GL_GLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/glext.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace norn::viewer {
namespace {

std::string egl_error() {
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "0x%04x", static_cast<unsigned>(eglGetError()));
  return hex.data();
}

EGLDisplay open_display() {
  const char* const extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  const std::string known = extensions == nullptr ? "" : extensions;
  if (known.find("EGL_MESA_platform_surfaceless") != std::string::npos) {
    return eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  }
  return eglGetDisplay(EGL_DEFAULT_DISPLAY);
}

class EglOffscreen final : public Offscreen {
 public:
  EglOffscreen(PixelSize size, int samples) : size_(size), samples_(samples) {}
  ~EglOffscreen() override;

  Result<void> open();
  void bind() override;
  Image read() override;

 private:
  Result<void> open_context();
  Result<void> make_framebuffers();

  PixelSize size_;
  int samples_;
  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
  // One with several samples a pixel to draw in, one with single pixels to read from.
  std::array<GLuint, 2> framebuffers_{};
  std::array<GLuint, 2> colours_{};
};

EglOffscreen::~EglOffscreen() {
  if (context_ != EGL_NO_CONTEXT) {
    glDeleteFramebuffers(2, framebuffers_.data());
    glDeleteRenderbuffers(2, colours_.data());
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(display_, context_);
  }
  if (display_ != EGL_NO_DISPLAY) eglTerminate(display_);
}

Result<void> EglOffscreen::open_context() {
  display_ = open_display();
  if (display_ == EGL_NO_DISPLAY || eglInitialize(display_, nullptr, nullptr) == EGL_FALSE) {
    return {Errc::io_error, "no EGL display for drawing without a screen (" + egl_error() +
                                "): install Mesa (libgl1-mesa-dri)"};
  }
  if (eglBindAPI(EGL_OPENGL_API) == EGL_FALSE)
    return {Errc::io_error, "this EGL has no OpenGL (" + egl_error() + ")"};
  constexpr std::array<EGLint, 5> kConfig = {EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE,
                                             EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint found = 0;
  if (eglChooseConfig(display_, kConfig.data(), &config, 1, &found) == EGL_FALSE || found == 0)
    config = nullptr;
  constexpr std::array<EGLint, 7> kContext = {EGL_CONTEXT_MAJOR_VERSION,
                                              3,
                                              EGL_CONTEXT_MINOR_VERSION,
                                              3,
                                              EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                              EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                              EGL_NONE};
  context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, kContext.data());
  if (context_ == EGL_NO_CONTEXT ||
      eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) == EGL_FALSE) {
    return {Errc::io_error, "no OpenGL 3.3 context without a surface (" + egl_error() + ")"};
  }
  return {};
}

Result<void> EglOffscreen::make_framebuffers() {
  GLint most_samples = 0;
  glGetIntegerv(GL_MAX_SAMPLES, &most_samples);
  const auto width = static_cast<GLsizei>(size_.width);
  const auto height = static_cast<GLsizei>(size_.height);
  glGenFramebuffers(2, framebuffers_.data());
  glGenRenderbuffers(2, colours_.data());
  for (std::size_t i = 0; i < framebuffers_.size(); ++i) {
    glBindRenderbuffer(GL_RENDERBUFFER, colours_[i]);
    if (i == 0) {
      glRenderbufferStorageMultisample(GL_RENDERBUFFER,
                                       samples_ > 1 ? std::min(samples_, most_samples) : 0,
                                       GL_RGBA8, width, height);
    } else {
      glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
    }
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffers_[i]);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colours_[i]);
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
      return {Errc::too_large, "the renderer refuses a picture of " + std::to_string(size_.width) +
                                   "x" + std::to_string(size_.height) + " pixels"};
    }
  }
  return {};
}

Result<void> EglOffscreen::open() {
  if (auto opened = open_context(); !opened) return opened;
  return make_framebuffers();
}

void EglOffscreen::bind() {
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffers_[0]);
  glViewport(0, 0, static_cast<GLsizei>(size_.width), static_cast<GLsizei>(size_.height));
}

Image EglOffscreen::read() {
  const auto width = static_cast<GLint>(size_.width);
  const auto height = static_cast<GLint>(size_.height);
  glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffers_[0]);
  glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffers_[1]);
  glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GL_COLOR_BUFFER_BIT, GL_NEAREST);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffers_[1]);
  const std::size_t row = std::size_t{size_.width} * 3;
  Image image{.width = size_.width,
              .height = size_.height,
              .rgb = std::vector<std::uint8_t>(row * size_.height)};
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, image.rgb.data());
  // OpenGL's rows begin at the bottom.
  for (std::size_t y = 0; y < image.height / 2; ++y) {
    const auto top = image.rgb.begin() + static_cast<std::ptrdiff_t>(y * row);
    const auto bottom =
        image.rgb.begin() + static_cast<std::ptrdiff_t>((image.height - 1 - y) * row);
    std::swap_ranges(top, top + static_cast<std::ptrdiff_t>(row), bottom);
  }
  return image;
}

}  // namespace

Result<std::unique_ptr<Offscreen>> Offscreen::create(PixelSize size, int samples) {
  if (size.width == 0 || size.height == 0 || size.width > kMostPixels ||
      size.height > kMostPixels) {
    return {Errc::invalid,
            "a picture has 1 to " + std::to_string(kMostPixels) + " pixels on each side"};
  }
  auto offscreen = std::make_unique<EglOffscreen>(size, samples);
  if (auto opened = offscreen->open(); !opened) return opened.error();
  return std::unique_ptr<Offscreen>(std::move(offscreen));
}

}  // namespace norn::viewer
