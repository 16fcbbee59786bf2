#include "panels/paint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace norn::viewer {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

ImVec2 vec(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

}  // namespace

// Liang and Barsky's algorithm ("A New Concept and Method for Line Clipping", ACM TOG 1984).
bool clip(Segment& s, const Rect& rect) {
  const double dx = s.x1 - s.x0;
  const double dy = s.y1 - s.y0;
  const std::array<double, 4> p = {-dx, dx, -dy, dy};
  const std::array<double, 4> q = {
      s.x0 - static_cast<double>(rect.x0), static_cast<double>(rect.x1) - s.x0,
      s.y0 - static_cast<double>(rect.y0), static_cast<double>(rect.y1) - s.y0};
  double enter = 0;
  double leave = 1;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) {
      if (q[i] < 0) return false;
      continue;
    }
    const double at = q[i] / p[i];
    if (p[i] < 0) {
      enter = std::max(enter, at);
    } else {
      leave = std::min(leave, at);
    }
  }
  if (enter > leave) return false;
  s = {.x0 = s.x0 + enter * dx,
       .y0 = s.y0 + enter * dy,
       .x1 = s.x0 + leave * dx,
       .y1 = s.y0 + leave * dy};
  return true;
}

double distance(const Segment& s, const ImVec2& point) {
  const double dx = s.x1 - s.x0;
  const double dy = s.y1 - s.y0;
  const auto px = static_cast<double>(point.x) - s.x0;
  const auto py = static_cast<double>(point.y) - s.y0;
  const double length2 = dx * dx + dy * dy;
  const double along = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0;
  return std::hypot(px - along * dx, py - along * dy);
}

void draw_segment(ImDrawList& list, const Segment& s, const Stroke& stroke) {
  list.AddLine(vec(s.x0, s.y0), vec(s.x1, s.y1), stroke.colour, stroke.thickness);
}

void draw_dashed(ImDrawList& list, const Segment& s, const Stroke& stroke, float dash, float gap) {
  const double length = std::hypot(s.x1 - s.x0, s.y1 - s.y0);
  if (length <= 0) return;
  const double ux = (s.x1 - s.x0) / length;
  const double uy = (s.y1 - s.y0) / length;
  for (double at = 0; at < length; at += static_cast<double>(dash + gap)) {
    const double end = std::min(at + static_cast<double>(dash), length);
    list.AddLine(vec(s.x0 + at * ux, s.y0 + at * uy), vec(s.x0 + end * ux, s.y0 + end * uy),
                 stroke.colour, stroke.thickness);
  }
}

void draw_hatch(ImDrawList& list, const Rect& rect, const Stroke& stroke, float spacing) {
  if (rect.width() <= 0 || rect.height() <= 0) return;
  list.PushClipRect(rect.min(), rect.max(), true);
  // Lines lie on a grid of the screen, so that neighbouring hatched areas join.
  const float first = std::floor((rect.x0 + rect.y0) / spacing) * spacing;
  for (float sum = first; sum < rect.x1 + rect.y1; sum += spacing) {
    list.AddLine({sum - rect.y0, rect.y0}, {sum - rect.y1, rect.y1}, stroke.colour,
                 stroke.thickness);
  }
  list.PopClipRect();
}

void draw_cross(ImDrawList& list, const ImVec2& c, float r, const Stroke& stroke) {
  list.AddLine({c.x - r, c.y - r}, {c.x + r, c.y + r}, stroke.colour, stroke.thickness);
  list.AddLine({c.x - r, c.y + r}, {c.x + r, c.y - r}, stroke.colour, stroke.thickness);
}

void draw_diamond(ImDrawList& list, const ImVec2& c, float r, ImU32 colour) {
  list.AddQuadFilled({c.x, c.y - r}, {c.x + r, c.y}, {c.x, c.y + r}, {c.x - r, c.y}, colour);
}

void draw_arrow_head(ImDrawList& list, const Segment& s, float size, const Stroke& stroke,
                     bool hollow) {
  const double length = std::hypot(s.x1 - s.x0, s.y1 - s.y0);
  if (length <= 0) return;
  const double ux = (s.x1 - s.x0) / length;
  const double uy = (s.y1 - s.y0) / length;
  const auto back = static_cast<double>(size) * 1.5;
  const auto half = static_cast<double>(size) * 0.55;
  const ImVec2 tip = vec(s.x1, s.y1);
  const ImVec2 left = vec(s.x1 - back * ux - half * uy, s.y1 - back * uy + half * ux);
  const ImVec2 right = vec(s.x1 - back * ux + half * uy, s.y1 - back * uy - half * ux);
  if (hollow) {
    list.AddTriangle(tip, left, right, stroke.colour, stroke.thickness);
  } else {
    list.AddTriangleFilled(tip, left, right, stroke.colour);
  }
}

ImVec2 text_size(const compat::Face& face, std::string_view text) {
  return face.font->CalcTextSizeA(face.size, 1e9F, 0, text.data(), text.data() + text.size());
}

void draw_text(ImDrawList& list, const compat::Face& face, const ImVec2& at, ImU32 colour,
               std::string_view text) {
  // Whole pixels keep letters sharp.
  list.AddText(face.font, face.size, {std::round(at.x), std::round(at.y)}, colour, text.data(),
               text.data() + text.size());
}

std::string_view fitted(const compat::Face& face, std::string_view text, float width, bool& cut) {
  cut = false;
  if (text_size(face, text).x <= width) return text;
  cut = true;
  const float room = width - text_size(face, kEllipsis).x;
  std::size_t low = 0;
  std::size_t high = text.size();
  while (low < high) {
    const std::size_t middle = (low + high + 1) / 2;
    if (text_size(face, text.substr(0, middle)).x <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  while (low > 0 && low < text.size() && (static_cast<unsigned char>(text[low]) & 0xC0U) == 0x80U)
    --low;
  return low < 3 ? std::string_view() : text.substr(0, low);
}

void draw_fitted(ImDrawList& list, const compat::Face& face, const ImVec2& at, ImU32 colour,
                 std::string_view text, float width) {
  bool cut = false;
  const std::string_view part = fitted(face, text, width, cut);
  if (part.empty()) return;
  draw_text(list, face, at, colour, part);
  if (cut) draw_text(list, face, {at.x + text_size(face, part).x, at.y}, colour, kEllipsis);
}

}  // namespace norn::viewer
