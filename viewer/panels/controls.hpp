// Controls that several panels share. Each names its place (see Spots).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// button() is as wide as its text. One that is not enabled is dim and does nothing.
bool button(PanelContext& context, const std::string& spot, const std::string& text,
            bool enabled = true);

// chip() is a switch in a word or two, crossed out while it is off. True when it was pressed.
bool chip(PanelContext& context, const std::string& spot, const std::string& text, bool on);

// choice() is one of several words of which one is chosen.
bool choice(PanelContext& context, const std::string& spot, const std::string& text, bool chosen);

// text_field() edits a line of text; true when it changed. `hint` is shown while it is empty.
struct TextField {
  std::string_view hint;
  float width = 200;
  bool focus = false;  // the keyboard goes there now
};
bool text_field(PanelContext& context, const std::string& spot, const TextField& field,
                std::string& text);

// word() writes text in line with buttons.
void word(PanelContext& context, std::string_view text, ImU32 colour);

// next_in_line() puts the next control to the right of the last, or on a new line when it would
// leave the panel.
void next_in_line(float width, float gap = 6);
float button_width(const PanelContext& context, std::string_view text);

// RowList shows any number of rows of one height, and scrolls through them exactly: a list of ten
// million rows is higher than a float can tell pixels apart.
class RowList {
 public:
  struct Rows {
    Rect area;  // of the rows, without the scroll bar
    float height = 20;
    std::uint64_t first = 0;  // the row at the top
    std::uint64_t count = 0;  // of rows that are at least partly visible
    bool hovered = false;
    bool clicked = false;
    std::uint64_t under_mouse = UINT64_MAX;  // a row; UINT64_MAX for none

    // rect() is where a row is drawn.
    Rect rect(std::uint64_t row) const;
  };

  // show() fills what is left of the panel and handles the mouse. Rows are named "SPOT.row.0" from
  // the top one visible.
  Rows show(PanelContext& context, const std::string& spot, std::uint64_t rows, float row_height);
  // reveal() scrolls just so far that the row is visible; centre() puts it into the middle.
  void reveal(std::uint64_t row);
  void centre(std::uint64_t row);
  double top() const { return top_; }

 private:
  void scroll_bar(PanelContext& context, const std::string& spot, const Rect& area,
                  std::uint64_t rows);

  double top_ = 0;      // in rows
  double visible_ = 1;  // how many rows fit
  float grabbed_ = 0;   // where in the handle the mouse is
};

}  // namespace norn::viewer
