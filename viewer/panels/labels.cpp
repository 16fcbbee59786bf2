#include "panels/labels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace norn::viewer {

Labels::Labels(const Rect& area, const compat::Face& face, const compat::Face& bold, ImU32 back)
    : area_(area),
      face_(face),
      bold_(bold),
      back_(back),
      columns_(1 + static_cast<std::size_t>(std::max(0.0F, area.width() / kTileWidth))),
      rows_(1 + static_cast<std::size_t>(std::max(0.0F, area.height() / kTileHeight))),
      taken_(columns_ * rows_) {}

Labels::Tiles Labels::tiles_of(const Rect& rect) const {
  const auto at = [](float distance, float tile, std::size_t count) {
    const float position = std::floor(distance / tile);
    return static_cast<std::size_t>(std::clamp(position, 0.0F, static_cast<float>(count - 1)));
  };
  return {.column = at(rect.x0 - area_.x0, kTileWidth, columns_),
          .columns_end = at(rect.x1 - area_.x0, kTileWidth, columns_) + 1,
          .row = at(rect.y0 - area_.y0, kTileHeight, rows_),
          .rows_end = at(rect.y1 - area_.y0, kTileHeight, rows_) + 1};
}

void Labels::take(const Rect& rect) {
  if (!rect.touches(area_)) return;
  const Tiles tiles = tiles_of(rect);
  for (std::size_t row = tiles.row; row < tiles.rows_end; ++row) {
    for (std::size_t column = tiles.column; column < tiles.columns_end; ++column)
      taken_[row * columns_ + column].push_back(rect);
  }
}

ImVec2 Labels::size_of(const std::string& text, bool bold) const {
  const ImVec2 size = text_size(bold ? bold_ : face_, text);
  return {size.x + 2 * kPadX, size.y + 2 * kPadY};
}

bool Labels::place(const ImVec2& at, const ImVec2& size, Rect& out) const {
  out = {.x0 = at.x, .y0 = at.y, .x1 = at.x + size.x, .y1 = at.y + size.y};
  if (out.x0 < area_.x0 || out.x1 > area_.x1 || out.y0 < area_.y0 || out.y1 > area_.y1)
    return false;
  const Tiles tiles = tiles_of(out);
  for (std::size_t row = tiles.row; row < tiles.rows_end; ++row) {
    for (std::size_t column = tiles.column; column < tiles.columns_end; ++column) {
      const auto& taken = taken_[row * columns_ + column];
      if (std::any_of(taken.begin(), taken.end(),
                      [&](const Rect& other) { return out.touches(other); }))
        return false;
    }
  }
  return true;
}

void Labels::draw(ImDrawList& list) {
  // By rank, those of one rank in the order in which they came.
  std::vector<std::size_t> order(requests_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return std::pair(requests_[x].rank, x) < std::pair(requests_[y].rank, y);
  });
  for (const std::size_t number : order) {
    const LabelRequest& request = requests_[number];
    const ImVec2 size = size_of(request.text, request.bold);
    for (const ImVec2& at : request.places) {
      Rect rect;
      if (!place(at, size, rect)) continue;
      take(rect);
      list.AddRectFilled(rect.min(), rect.max(), back_, 3);
      draw_text(list, request.bold ? bold_ : face_, {rect.x0 + kPadX, rect.y0 + kPadY},
                request.colour, request.text);
      break;
    }
  }
  requests_.clear();
  for (auto& tile : taken_) tile.clear();
}

}  // namespace norn::viewer
