// Shapes that ImGui's draw list does not have: hatching, crosses, arrow heads, dashes, clipped long
// lines.
#pragma once

#include <string_view>

#include "panels/imgui_compat.hpp"

namespace norn::viewer {

struct Rect {
  float x0 = 0;
  float y0 = 0;
  float x1 = 0;
  float y1 = 0;

  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  ImVec2 min() const { return {x0, y0}; }
  ImVec2 max() const { return {x1, y1}; }
  bool contains(const ImVec2& p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  bool touches(const Rect& other) const {
    return x0 < other.x1 && other.x0 < x1 && y0 < other.y1 && other.y0 < y1;
  }
};

// A straight line in double precision: close up, its ends may be millions of pixels away.
struct Segment {
  double x0 = 0;
  double y0 = 0;
  double x1 = 0;
  double y1 = 0;
};

// clip() cuts the segment to the rectangle; false when nothing is left.
bool clip(Segment& segment, const Rect& rect);
// distance() from a point to the segment, in pixels.
double distance(const Segment& segment, const ImVec2& point);

struct Stroke {
  ImU32 colour = 0;
  float thickness = 1;
};

void draw_segment(ImDrawList& list, const Segment& segment, const Stroke& stroke);
void draw_dashed(ImDrawList& list, const Segment& segment, const Stroke& stroke, float dash,
                 float gap);
void draw_hatch(ImDrawList& list, const Rect& rect, const Stroke& stroke, float spacing);
void draw_cross(ImDrawList& list, const ImVec2& centre, float radius, const Stroke& stroke);
void draw_diamond(ImDrawList& list, const ImVec2& centre, float radius, ImU32 colour);
// draw_arrow_head() has its tip at the segment's end. A hollow one is only outlined.
void draw_arrow_head(ImDrawList& list, const Segment& segment, float size, const Stroke& stroke,
                     bool hollow);

ImVec2 text_size(const compat::Face& face, std::string_view text);
void draw_text(ImDrawList& list, const compat::Face& face, const ImVec2& at, ImU32 colour,
               std::string_view text);
// fitted() cuts the text to a width, with an ellipsis; "" when not even three letters fit.
std::string_view fitted(const compat::Face& face, std::string_view text, float width, bool& cut);
// draw_fitted() draws the text cut to a width.
void draw_fitted(ImDrawList& list, const compat::Face& face, const ImVec2& at, ImU32 colour,
                 std::string_view text, float width);

}  // namespace norn::viewer
