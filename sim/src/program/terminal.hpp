// What the scenario program may assume of where its output goes.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace norn::program {

enum class Colour { red, green, yellow, bold, dim };

// Terminal paints text when `stream` is a terminal, unless NO_COLOR (https://no-color.org) is set
// or TERM is "dumb".
class Terminal {
 public:
  explicit Terminal(std::FILE* stream);

  bool is_terminal() const { return is_terminal_; }
  unsigned columns() const;
  std::string paint(std::string_view text, Colour colour) const;

 private:
  std::FILE* stream_;
  bool is_terminal_;
  bool colours_;
};

}  // namespace norn::program
