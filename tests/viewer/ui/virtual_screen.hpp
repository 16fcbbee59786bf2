// An X server without a monitor, with the mouse and the keys of xdotool, whose pixels a test can
// read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/png.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/ui/child_process.hpp"

namespace norn::viewer::test {

class VirtualScreen {
 public:
  // why_not() is empty when the programs it needs are installed, else says which are missing.
  static std::string why_not();

  VirtualScreen(std::uint32_t width, std::uint32_t height);

  const std::string& display() const { return display_; }
  // xdotool() runs one command of it: {"mousemove", "10", "20"}.
  void xdotool(std::vector<std::string> words) const;
  // picture() is what is on the screen now; an empty image when it cannot be read.
  Image picture() const;

 private:
  norn::test::ScratchFolder folder_;
  std::string display_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace norn::viewer::test
