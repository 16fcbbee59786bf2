// What the viewer remembers from one start to the next.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

struct Settings {
  static constexpr std::size_t kMostRecent = 10;

  int width = 1600;  // of the window, in points
  int height = 900;
  bool dark = false;
  bool ordinal = false;  // the diagram's axis: one step an event instead of time
  float scale = 1;       // of letters and everything else, 0.5 to 4
  std::string panel;     // shown in the dock; "" when the dock is closed
  float dock_height = 260;
  std::vector<std::string> recent;  // traces, absolute paths, the last opened first

  // larger() and smaller() go to the next size in steps of about a tenth, as browsers do.
  void larger();
  void smaller();

  // opened() puts the file first among the recent ones.
  void opened(const std::string& path);
  bool operator==(const Settings&) const = default;

  // path() is $XDG_CONFIG_HOME/norn/viewer.json, or ~/.config/norn/viewer.json; "" when there is
  // neither (freedesktop.org's base directory specification).
  static std::string path();
  // load() is the defaults when there is no such file. Values that make no sense are replaced by
  // the defaults. Error: a file that is not JSON; it is left as it is.
  static Result<Settings> load(const std::string& path);
  Result<void> save(const std::string& path) const;
};

}  // namespace norn::viewer
