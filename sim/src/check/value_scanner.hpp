// What the readers of JSON and EDN share: a place in a text, strings, whole numbers, errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "norn/check/value.hpp"

namespace norn::check {

// Scanner stands at a byte of a text. A function that returns false has said what is wrong by
// fail(); the first complaint counts.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  // The byte it stands at; 0 at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  std::string_view rest() const { return text_.substr(at_); }
  void skip(std::size_t bytes) { at_ += bytes; }
  bool take(char c);

  // take_string() reads from the opening quote to the closing one.
  bool take_string(std::string& out);
  // take_integer() reads a sign and digits, up to what ends a number.
  bool take_integer(std::int64_t& out);
  // take_word() reads up to a delimiter: blanks, brackets, quotes, a comma, a semicolon.
  std::string_view take_word();

  // enter() counts one level of nesting, up to kMaxValueNesting.
  bool enter();
  void leave() { --depth_; }

  bool fail(std::string what);
  Error error() const { return {Errc::invalid, error_}; }

 private:
  bool take_escape(std::string& out);
  bool take_unicode(std::string& out);
  bool take_hex4(std::uint32_t& out);

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

// key_twice() sorts the entries and finds one whose key is there twice; null if there is none.
const Value::Entry* key_twice(Value::Map& entries);

// A word of the input between quotes, on one line, for complaints.
std::string quoted(std::string_view word);

}  // namespace norn::check
