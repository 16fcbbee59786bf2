#include "check/value_scanner.hpp"

namespace norn::check {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool ends_word(char c) {
  return static_cast<unsigned char>(c) <= 0x20U ||
         std::string_view("()[]{}\",;").find(c) != std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80U) return put(code);
  if (code < 0x800U) {
    put(0xC0U | code >> 6U);
  } else {
    if (code < 0x10000U) {
      put(0xE0U | code >> 12U);
    } else {
      put(0xF0U | code >> 18U);
      put(0x80U | (code >> 12U & 0x3FU));
    }
    put(0x80U | (code >> 6U & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

}  // namespace

std::string quoted(std::string_view word) {
  constexpr std::size_t kMost = 60;
  std::string text = to_json(Value(word.substr(0, kMost)));
  text.front() = '\'';
  text.back() = '\'';
  return text;
}

bool Scanner::fail(std::string what) {
  if (error_.empty()) error_ = "byte " + std::to_string(at_ + 1) + ": " + std::move(what);
  return false;
}

bool Scanner::take(char c) {
  if (peek() != c || at_end()) return false;
  ++at_;
  return true;
}

bool Scanner::enter() {
  if (++depth_ <= kMaxValueNesting) return true;
  return fail("nested deeper than " + std::to_string(kMaxValueNesting) + " levels");
}

bool Scanner::take_string(std::string& out) {
  out.clear();
  if (!take('"')) return fail("a string was expected");
  for (;;) {
    if (at_end()) return fail("the string has no end");
    const char c = text_[at_];
    if (c == '"') break;
    if (c == '\\') {
      if (!take_escape(out)) return false;
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20U) return fail("a control character in a string");
    out += c;
    ++at_;
  }
  ++at_;
  if (const std::size_t bad = find_invalid_utf8(out); bad != std::string::npos)
    return fail("the string before this is not UTF-8");
  return true;
}

bool Scanner::take_escape(std::string& out) {
  ++at_;  // the backslash
  const char c = peek();
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (const std::size_t found = kNames.find(c); found != std::string_view::npos && c != '\0') {
    out += kMeant[found];
    ++at_;
    return true;
  }
  if (c != 'u') return fail("an unknown escape in a string");
  return take_unicode(out);
}

bool Scanner::take_unicode(std::string& out) {
  std::uint32_t code = 0;
  if (!take_hex4(code)) return false;
  if (code >= 0xDC00U && code <= 0xDFFFU) return fail("half of a surrogate pair in a string");
  if (code >= 0xD800U && code <= 0xDBFFU) {
    std::uint32_t low = 0;
    if (!take('\\') || peek() != 'u') return fail("half of a surrogate pair in a string");
    if (!take_hex4(low)) return false;
    if (low < 0xDC00U || low > 0xDFFFU) return fail("half of a surrogate pair in a string");
    code = 0x10000U + ((code & 0x3FFU) << 10U) + (low & 0x3FFU);
  }
  append_utf8(out, code);
  return true;
}

bool Scanner::take_hex4(std::uint32_t& out) {
  ++at_;  // the u
  const std::string_view digits = rest().substr(0, 4);
  std::size_t read = 0;
  out = 0;
  for (; read < digits.size(); ++read) {
    const char c = digits[read];
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!letter && !is_digit(c)) break;
    const auto byte = static_cast<unsigned char>(c);
    out = out << 4U | (letter ? (byte & 15U) + 9U : byte & 15U);
  }
  if (read != 4) return fail("an escape \\u needs four hexadecimal digits");
  at_ += 4;
  return true;
}

bool Scanner::take_integer(std::int64_t& out) {
  const std::string_view word = rest().substr(0, [this] {
    std::size_t end = 0;
    while (at_ + end < text_.size() && !ends_word(text_[at_ + end])) ++end;
    return end;
  }());
  std::string_view digits = word;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  std::size_t count = 0;
  while (count < digits.size() && is_digit(digits[count])) ++count;
  if (count == 0 || count != digits.size()) return fail(quoted(word) + " is not a whole number");
  if (count > 1 && digits[0] == '0') return fail("a number may not begin with 0");
  // Counted downwards, because there is one more negative number.
  std::int64_t number = 0;
  bool fits = true;
  for (const char c : digits) {
    fits = fits && !__builtin_mul_overflow(number, std::int64_t{10}, &number) &&
           !__builtin_sub_overflow(number, std::int64_t{c - '0'}, &number);
  }
  fits = fits && (negative || number != INT64_MIN);
  if (!fits) return fail(quoted(word) + " does not fit 64 bits");
  out = negative ? number : -number;
  at_ += word.size();
  return true;
}

std::string_view Scanner::take_word() {
  const std::size_t begin = at_;
  while (!at_end() && !ends_word(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

}  // namespace norn::check
