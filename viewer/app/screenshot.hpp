// A picture of the viewer, made without a display.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/offscreen.hpp"
#include "model/navigator.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

struct ScreenshotOptions {
  PixelSize size = {1600, 900};
  std::optional<std::int64_t> from_ns{};  // without it: the beginning of the trace
  std::optional<std::int64_t> to_ns{};    // without it: its end
  std::optional<trace::Seq> select{};     // the event to select
  std::string beside{};                   // another trace, shown below
  std::string panel{};                    // of the dock, to be open; "": none
  bool dark = false;
  float scale = 1;  // 2 draws everything twice as large
};

// place_view() makes the navigator show what the options ask for. Error: no event of that number.
Result<void> place_view(Navigator& nav, const ScreenshotOptions& options);

// take_screenshot() draws the window as a person would see it. Errors: those of
// opening the trace, no way to draw, no event of that number, no such panel.
Result<Image> take_screenshot(const std::string& path, const ScreenshotOptions& options);

}  // namespace norn::viewer
