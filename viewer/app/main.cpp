// norn-viewer: opens a trace in a window, makes a picture of it, or does what a script says.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "app/options.hpp"
#include "app/png.hpp"
#include "app/screenshot.hpp"
#include "app/script.hpp"
#include "app/window.hpp"

namespace {

using namespace norn::viewer;  // NOLINT(google-build-using-namespace): this file is the program
                               // itself

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitBadInput = 2;

int fail(const norn::Error& error) {
  std::fprintf(stderr, "norn-viewer: %s\n", error.message.c_str());
  return kExitBadInput;
}

int screenshot(const Options& options) {
  const auto image = take_screenshot(options.file, options.view);
  if (!image) return fail(image.error());
  if (const auto written = write_png(*image, options.screenshot, options.overwrite); !written)
    return fail(written.error());
  return kExitOk;
}

int script(const Options& options) {
  std::string failure;
  const auto end = run_script({.file = options.script,
                               .out = options.out,
                               .overwrite = options.overwrite,
                               .size = options.view.size,
                               .scale = options.view.scale,
                               .dark = options.view.dark,
                               .trace = options.file},
                              failure);
  if (!end) return fail(end.error());
  if (*end == ScriptEnd::done) return kExitOk;
  std::fprintf(stderr, "norn-viewer: %s\n", failure.c_str());
  return kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options({argv + 1, argv + argc});
  if (!options) return fail(options.error());
  if (options->help) {
    std::fputs(help_text().c_str(), stdout);
    return kExitOk;
  }
  if (options->version) {
    std::puts("norn-viewer " NORN_VERSION);
    return kExitOk;
  }
  if (!options->script.empty()) return script(*options);
  if (!options->screenshot.empty()) return screenshot(*options);
  if (const auto shown = run_window(*options); !shown) return fail(shown.error());
  return kExitOk;
}
