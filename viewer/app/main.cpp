// norn-viewer: opens a trace in a window, or makes a picture of it.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "app/options.hpp"
#include "app/png.hpp"
#include "app/screenshot.hpp"
#include "app/window.hpp"
#include "model/trace_file.hpp"
#include "model/trace_model.hpp"

namespace {

using namespace norn::viewer;  // NOLINT(google-build-using-namespace): this file is the program
                               // itself

constexpr int kExitOk = 0;
constexpr int kExitBadInput = 2;

int fail(const norn::Error& error) {
  std::fprintf(stderr, "norn-viewer: %s\n", error.message.c_str());
  return kExitBadInput;
}

norn::Result<TraceModel> load(const std::string& file) {
  auto source = open_trace_file(file);
  if (!source) return source.error();
  return TraceModel::build(std::move(source).value());
}

int screenshot(const TraceModel& model, const Options& options) {
  const auto image = take_screenshot(model, options.view);
  if (!image) return fail(image.error());
  if (const auto written = write_png(*image, options.screenshot, options.overwrite); !written)
    return fail(written.error());
  return kExitOk;
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
  const auto model = load(options->file);
  if (!model) return fail(model.error());
  if (!options->screenshot.empty()) return screenshot(*model, *options);
  if (const auto shown = run_window(*model, options->view); !shown) return fail(shown.error());
  return kExitOk;
}
