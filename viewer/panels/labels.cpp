#include "panels/labels.hpp"

#include <algorithm>
#include <utility>

namespace norn::viewer {

Labels::Labels(const Rect& area, const compat::Face& face, const compat::Face& bold, ImU32 back)
    : area_(area), face_(face), bold_(bold), back_(back) {}

ImVec2 Labels::size_of(const std::string& text, bool bold) const {
  const ImVec2 size = text_size(bold ? bold_ : face_, text);
  return {size.x + 2 * kPadX, size.y + 2 * kPadY};
}

bool Labels::place(const ImVec2& at, const ImVec2& size, Rect& out) const {
  out = {.x0 = at.x, .y0 = at.y, .x1 = at.x + size.x, .y1 = at.y + size.y};
  if (out.x0 < area_.x0 || out.x1 > area_.x1 || out.y0 < area_.y0 || out.y1 > area_.y1)
    return false;
  return std::none_of(taken_.begin(), taken_.end(),
                      [&](const Rect& other) { return out.touches(other); });
}

void Labels::draw(ImDrawList& list) {
  std::stable_sort(requests_.begin(), requests_.end(),
                   [](const LabelRequest& x, const LabelRequest& y) { return x.rank < y.rank; });
  for (const LabelRequest& request : requests_) {
    const ImVec2 size = size_of(request.text, request.bold);
    for (const ImVec2& at : request.places) {
      Rect rect;
      if (!place(at, size, rect)) continue;
      taken_.push_back(rect);
      list.AddRectFilled(rect.min(), rect.max(), back_, 3);
      draw_text(list, request.bold ? bold_ : face_, {rect.x0 + kPadX, rect.y0 + kPadY},
                request.colour, request.text);
      break;
    }
  }
  requests_.clear();
  taken_.clear();
}

}  // namespace norn::viewer
