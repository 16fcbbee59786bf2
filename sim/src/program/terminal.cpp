#include "program/terminal.hpp"

#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace norn::program {

namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::red:
      return "\033[31m";
    case Colour::green:
      return "\033[32m";
    case Colour::yellow:
      return "\033[33m";
    case Colour::bold:
      return "\033[1m";
    case Colour::dim:
      return "\033[2m";
  }
  return "";
}

}  // namespace

Terminal::Terminal(std::FILE* stream)
    : stream_(stream),
      is_terminal_(::isatty(::fileno(stream)) == 1),
      colours_(is_terminal_ && !is_set("NO_COLOR") && !is_dumb()) {}

unsigned Terminal::columns() const {
  winsize size{};
  const bool known = ::ioctl(::fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string Terminal::paint(std::string_view text, Colour colour) const {
  if (!colours_) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\033[0m";
}

}  // namespace norn::program
