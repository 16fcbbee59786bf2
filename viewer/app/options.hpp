// The command line of norn-viewer.
#pragma once

#include <string>
#include <vector>

#include "app/screenshot.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

struct Options {
  std::string file;        // "": the window opens without a trace
  std::string script;      // steps to do without a display; "": none
  std::string out = ".";   // where its pictures go
  std::string screenshot;  // the picture to write; empty: open a window
  bool overwrite = false;
  ScreenshotOptions view;  // what to show first, in the window too
  bool help = false;
  bool version = false;
};

// parse_options() reads the arguments without the program's name. An error is one line for the
// person who typed them.
Result<Options> parse_options(const std::vector<std::string>& arguments);
std::string help_text();

// parse_size() reads "1600x900".
Result<PixelSize> parse_size(const std::string& text);

}  // namespace norn::viewer
