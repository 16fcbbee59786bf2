// Colours and sizes. Colours follow Okabe and Ito's palette (https://jfly.uni-koeln.de/color/),
// which stays apart for all kinds of colour vision; whatever a colour says is said by form or text
// as well.
#pragma once

#include <string_view>

#include "model/faults.hpp"
#include "panels/imgui_compat.hpp"

namespace norn::viewer {

struct Theme {
  bool dark = false;
  ImU32 background = 0;
  ImU32 panel = 0;
  ImU32 lane = 0;  // every second lane
  ImU32 border = 0;
  ImU32 grid = 0;
  ImU32 grid_minor = 0;
  ImU32 text = 0;
  ImU32 text_dim = 0;
  ImU32 label_back = 0;  // behind text that stands on lines
  ImU32 accent = 0;      // selection, brush, links
  ImU32 cursor = 0;

  ImU32 message = 0;
  ImU32 duplicate = 0;
  ImU32 late = 0;
  ImU32 lost = 0;

  ImU32 alive = 0;  // a node without a published role
  ImU32 follower = 0;
  ImU32 candidate = 0;
  ImU32 leader = 0;
  ImU32 down_fill = 0;
  ImU32 down_hatch = 0;

  ImU32 partition_fill = 0;
  ImU32 partition_wall = 0;
  ImU32 hold_fill = 0;
  ImU32 hold_edge = 0;
  ImU32 clock = 0;  // a wrong clock
  ImU32 fault_other = 0;
  ImU32 violation = 0;
  ImU32 good = 0;

  // role() is the colour and thickness of a lane while its node has that role.
  struct Role {
    ImU32 colour = 0;
    float thickness = 3;
    bool labelled = false;
  };
  Role role(std::string_view name) const;

  // of() are the colours of a form of fault: of its area, and of its edge and text.
  struct FaultLook {
    ImU32 fill = 0;
    ImU32 edge = 0;
  };
  FaultLook of(FaultForm form) const;
};

const Theme& light_theme();
const Theme& dark_theme();

// apply() sets ImGui's own colours and spacings to match.
void apply(const Theme& theme);

// faded() is the colour with its opacity multiplied.
ImU32 faded(ImU32 colour, float opacity);

}  // namespace norn::viewer
