#include "app/screenshot.hpp"

#include "app/stage.hpp"
#include "model/time_text.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {
Result<void> place_view(Navigator& nav, const ScreenshotOptions& options) {
  const auto from = options.from_ns ? static_cast<double>(*options.from_ns) : nav.view().begin_ns();
  const auto to = options.to_ns ? static_cast<double>(*options.to_ns) : nav.view().end_ns();
  const std::int64_t last = nav.model().events().end_ns();
  if (options.from_ns && *options.from_ns > last) {
    return {Errc::invalid, "--from: the trace ends at " + format_exact(last)};
  }
  nav.view().show(from, to);
  if (!options.select) return {};
  const Index event = nav.model().events().index_of(*options.select);
  if (event == kNone)
    return {Errc::not_found, "--select: the trace has no event " + std::to_string(*options.select)};
  nav.select(event);
  return {};
}

Result<Image> take_screenshot(const std::string& path, const ScreenshotOptions& options) {
  Settings settings;
  settings.dark = options.dark;
  auto stage = Stage::create(options.size, options.scale, settings);
  if (!stage) return stage.error();
  Session& session = (*stage)->session();
  if (auto opened = session.open(path); !opened) return opened.error();
  if (!options.beside.empty()) {
    if (auto opened = session.open_beside(options.beside); !opened) return opened.error();
  }
  session.wait();
  if (!session.context().notice.empty()) return {Errc::invalid, session.context().notice};
  if (auto placed = place_view(session.nav(), options); !placed) return placed.error();
  if (!options.panel.empty() && !show_panel(session.context(), options.panel))
    return {Errc::invalid, "--panel: there is no panel '" + options.panel + "'"};
  (*stage)->settle();
  return (*stage)->picture();
}

}  // namespace norn::viewer
