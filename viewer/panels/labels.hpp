// Labels that never overlap: each is asked for with the places where it may stand, and the
// important ones choose first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "panels/paint.hpp"

namespace norn::viewer {

enum class LabelRank : std::uint8_t { violation, crash, role, state, loss, message };

struct LabelRequest {
  LabelRank rank = LabelRank::message;
  std::string text;
  ImU32 colour = 0;
  std::vector<ImVec2> places;  // of its upper left corner, best first
  bool bold = false;
};

class Labels {
 public:
  // Labels stay within `area`.
  Labels(const Rect& area, const compat::Face& face, const compat::Face& bold, ImU32 back);

  // keep_free() forbids a place to all labels.
  void keep_free(const Rect& rect) { take(rect); }
  void add(LabelRequest request) { requests_.push_back(std::move(request)); }
  // size_of() is the room that a label needs.
  ImVec2 size_of(const std::string& text, bool bold) const;
  // draw() places and draws what was asked for, and forgets it.
  void draw(ImDrawList& list);

 private:
  bool place(const ImVec2& at, const ImVec2& size, Rect& out) const;
  void take(const Rect& rect);
  // The tiles that a rectangle touches, as half-open ranges of columns and rows.
  struct Tiles {
    std::size_t column = 0, columns_end = 0, row = 0, rows_end = 0;
  };
  Tiles tiles_of(const Rect& rect) const;

  static constexpr float kPadX = 4;
  static constexpr float kPadY = 1;
  static constexpr float kTileWidth = 64;
  static constexpr float kTileHeight = 32;

  Rect area_;
  compat::Face face_;
  compat::Face bold_;
  ImU32 back_;
  std::vector<LabelRequest> requests_;
  // What is taken, by the tiles that it touches: few rectangles are looked at for each place.
  std::size_t columns_ = 1;
  std::size_t rows_ = 1;
  std::vector<std::vector<Rect>> taken_;
};

}  // namespace norn::viewer
