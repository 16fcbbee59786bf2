// Values as text: writing JSON and EDN, which differ in nil and in what stands between the items.
#include <algorithm>
#include <array>

#include "norn/check/value.hpp"

namespace norn::check {

namespace {

struct Style {
  std::string_view nil;
  std::string_view between;    // items
  std::string_view after_key;  // of a map
};
constexpr Style kJson{.nil = "null", .between = ",", .after_key = ":"};
constexpr Style kEdn{.nil = "nil", .between = " ", .after_key = " "};

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_tail(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The length of the well-formed sequence at the beginning of `text`, 0 if there is none (Unicode
// standard, table 3-7).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80U) return 1;
  std::size_t length = 0;
  unsigned char least = 0x80U;
  unsigned char most = 0xBFU;
  if (first >= 0xC2U && first <= 0xDFU) {
    length = 2;
  } else if (first >= 0xE0U && first <= 0xEFU) {
    length = 3;
    if (first == 0xE0U) least = 0xA0U;
    if (first == 0xEDU) most = 0x9FU;
  } else if (first >= 0xF0U && first <= 0xF4U) {
    length = 4;
    if (first == 0xF0U) least = 0x90U;
    if (first == 0xF4U) most = 0x8FU;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_tail(text[i])) return 0;
  }
  return length;
}

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4U];
  out += kHex[byte & 15U];
}

// What is written as it is: all of ASCII that is not escaped.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && kPlain[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    if (const std::size_t plain = plain_length(text); plain != 0) {
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    std::size_t taken = utf8_length(text);
    if (taken == 0) {
      out += kReplacement;
      taken = 1;
    } else if (taken == 1) {
      append_escaped(out, text[0]);
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

// Values of programs may be nested as deep as they like; what is read may not, so this recursion is
// bounded by who built the value.
void append(std::string& out, const Value& value, const Style& style) {
  std::string_view between;
  switch (value.kind()) {
    case Value::Kind::nil:
      out += style.nil;
      break;
    case Value::Kind::boolean:
      out += value.boolean() ? "true" : "false";
      break;
    case Value::Kind::integer:
      out += std::to_string(value.integer());
      break;
    case Value::Kind::string:
      append_string(out, value.string());
      break;
    case Value::Kind::list:
      out += '[';
      for (const Value& item : value.list()) {
        out += between;
        append(out, item, style);
        between = style.between;
      }
      out += ']';
      break;
    case Value::Kind::map:
      out += '{';
      for (const Value::Entry& entry : value.map()) {
        out += between;
        append_string(out, entry.key);
        out += style.after_key;
        append(out, entry.value, style);
        between = style.between;
      }
      out += '}';
      break;
  }
}

}  // namespace

void append_json(std::string& out, const Value& value) {
  append(out, value, kJson);
}

void append_edn(std::string& out, const Value& value) {
  append(out, value, kEdn);
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_edn(const Value& value) {
  std::string out;
  append_edn(out, value);
  return out;
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t taken = utf8_length(text.substr(at));
    if (taken == 0) return at;
    at += taken;
  }
  return std::string_view::npos;
}

}  // namespace norn::check
