// Reading EDN (github.com/edn-format/edn), without fractions and tags.
#include <algorithm>
#include <array>

#include "check/value_scanner.hpp"

namespace norn::check {

namespace {

class EdnReader {
 public:
  explicit EdnReader(std::string_view text) : in_(text) {}

  Result<Value> read() {
    Value value;
    if (!blanks() || !take_value(value) || !blanks()) return in_.error();
    if (!in_.at_end()) {
      in_.fail("something follows the value");
      return in_.error();
    }
    return value;
  }

 private:
  // Blanks, commas, comments and discarded values.
  bool blanks() {
    for (;;) {
      const char c = in_.peek();
      if (in_.at_end()) return true;
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
        in_.skip(1);
      } else if (c == ';') {
        in_.skip(std::min(in_.rest().find('\n'), in_.rest().size()));
      } else if (in_.rest().starts_with("#_")) {
        in_.skip(2);
        Value discarded;
        if (!in_.enter() || !blanks() || !take_value(discarded)) return false;
        in_.leave();
      } else {
        return true;
      }
    }
  }

  bool take_value(Value& out) {
    switch (in_.peek()) {
      case '{':
        return take_map(out);
      case '[':
        return take_items(out, ']');
      case '(':
        return take_items(out, ')');
      case '"': {
        std::string text;
        if (!in_.take_string(text)) return false;
        out = Value(std::move(text));
        return true;
      }
      case '#':
        return take_dispatch(out);
      case '\\':
        return take_character(out);
      default:
        return take_word(out);
    }
  }

  bool take_items(Value& out, char end) {
    Value::List items;
    if (!in_.enter()) return false;
    in_.skip(1);
    for (;;) {
      if (!blanks()) return false;
      if (in_.take(end)) break;
      if (in_.at_end()) return in_.fail(std::string("'") + end + "' is missing");
      if (!take_value(items.emplace_back())) return false;
    }
    in_.leave();
    out = Value(std::move(items));
    return true;
  }

  bool take_map(Value& out) {
    Value::Map entries;
    if (!in_.enter()) return false;
    in_.skip(1);
    for (;;) {
      if (!blanks()) return false;
      if (in_.take('}')) break;
      if (in_.at_end()) return in_.fail("'}' is missing");
      Value::Entry& entry = entries.emplace_back();
      Value key;
      if (!take_value(key) || !blanks()) return false;
      if (in_.peek() == '}') return in_.fail("a key without a value");
      entry.key = key.is_string() ? key.string() : to_edn(key);
      if (!take_value(entry.value)) return false;
    }
    in_.leave();
    if (const Value::Entry* const twice = key_twice(entries))
      return in_.fail("the key " + quoted(twice->key) + " is there twice");
    out = Value(std::move(entries));
    return true;
  }

  // #{a set}, or a tag. Jepsen's own record of an operation is the one tag that is known.
  bool take_dispatch(Value& out) {
    static constexpr std::string_view kOperation = "#jepsen.history.Op";
    if (in_.rest().starts_with("#{")) {
      in_.skip(1);
      if (!take_items(out, '}')) return false;
      Value::List items = out.list();
      std::sort(items.begin(), items.end());
      if (std::adjacent_find(items.begin(), items.end()) != items.end())
        return in_.fail("an item is in the set twice");
      out = Value(std::move(items));
      return true;
    }
    if (!in_.rest().starts_with(kOperation)) return in_.fail("a tag that is not known");
    in_.skip(kOperation.size());
    if (in_.peek() != '{') return in_.fail("'{' was expected");
    return take_map(out);
  }

  bool take_character(Value& out) {
    in_.skip(1);
    if (in_.at_end()) return in_.fail("a character was expected");
    const char first = in_.peek();
    in_.skip(1);
    std::string word(1, first);
    word += in_.take_word();
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames = {
        {{"newline", "\n"}, {"return", "\r"}, {"space", " "}, {"tab", "\t"}}};
    for (const auto& [name, meant] : kNames) {
      if (word == name) word = meant;
    }
    if (find_invalid_utf8(word) != std::string::npos) return in_.fail("not UTF-8");
    out = Value(std::move(word));
    return true;
  }

  bool take_word(Value& out) {
    const std::string_view rest = in_.rest();
    const char c = in_.peek();
    const bool sign = c == '-' || c == '+';
    const char digit = sign && rest.size() > 1 ? rest[1] : c;
    if (digit >= '0' && digit <= '9') {
      if (c == '+') in_.skip(1);
      std::int64_t number = 0;
      if (!in_.take_integer(number)) return false;
      out = Value(number);
      return true;
    }
    std::string_view word = in_.take_word();
    if (word.empty()) {
      return in_.fail(in_.at_end() ? "a value was expected, but the text ends"
                                   : "a value was expected");
    }
    if (find_invalid_utf8(word) != std::string_view::npos) return in_.fail("not UTF-8");
    if (word == "nil") {
      out = Value();
    } else if (word == "true" || word == "false") {
      out = Value(word == "true");
    } else {
      if (word.starts_with(':')) word.remove_prefix(1);
      if (word.empty()) return in_.fail("a keyword without a name");
      out = Value(word);
    }
    return true;
  }

  Scanner in_;
};

}  // namespace

Result<Value> parse_edn(std::string_view text) {
  return EdnReader(text).read();
}

}  // namespace norn::check
