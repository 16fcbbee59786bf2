// Names for places on the screen, so that tests and scripts can click what a person sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "panels/paint.hpp"

namespace norn::viewer {

// Spots keeps where the controls of the last frame were: "log.search", "dock.plots", "help".
// A list of many rows names them by number: "log.row.3".
class Spots {
 public:
  // note() names the ImGui item that was drawn last.
  void note(std::string name);
  void note(std::string name, const Rect& rect) { now_.push_back({std::move(name), rect}); }

  // find() looks in the last whole frame.
  std::optional<Rect> find(std::string_view name) const;
  // names() are all names of the last whole frame, for the message of a script that asked for
  // another one.
  std::vector<std::string> names() const;

  // next_frame() is called once at the begin of each frame.
  void next_frame();

 private:
  struct Spot {
    std::string name;
    Rect rect;
  };
  std::vector<Spot> now_;
  std::vector<Spot> last_;
};

}  // namespace norn::viewer
