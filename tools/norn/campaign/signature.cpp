#include "campaign/signature.hpp"

#include <array>
#include <cctype>

namespace norn::command {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// The length of the hexadecimal number with "0x" that begins at `at`; 0: there is none.
std::size_t hex_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "0x" || at + 2 >= text.size() || !is_hex(text[at + 2])) return 0;
  std::size_t end = at + 2;
  while (end < text.size() && is_hex(text[end])) ++end;
  return end - at;
}

}  // namespace

std::string masked(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t hex = hex_at(text, at);
    if (hex > 0) {
      const bool is_offset = at > 0 && text[at - 1] == '+';
      result += is_offset ? text.substr(at, hex) : std::string_view("#");
      at += hex;
    } else if (is_digit(text[at])) {
      while (at < text.size() && is_digit(text[at])) ++at;
      result += '#';
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string without_addresses(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t hex = hex_at(text, at);
    if (hex > 0 && (at == 0 || text[at - 1] != '+')) {
      result += "0x#";
      at += hex;
    } else if (text.substr(at, 2) == "==" && at + 2 < text.size() && is_digit(text[at + 2])) {
      result += "==#";
      for (at += 2; at < text.size() && is_digit(text[at]);) ++at;
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string telling_line(const std::vector<std::string>& lines) {
  static constexpr std::array kSigns = {
      "ssertion", "norn: ", "ERROR: ", "runtime error: ", "what(): ", "terminate", "crashed at "};
  std::string last;
  for (const char* sign : kSigns) {
    for (const std::string& line : lines) {
      if (line.find("this happened in seed") != std::string::npos) continue;
      if (line.find(sign) != std::string::npos) return line;
      if (!line.empty()) last = line;
    }
  }
  return last;
}

}  // namespace norn::command
