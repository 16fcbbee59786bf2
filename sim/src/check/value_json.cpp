// Reading JSON (RFC 8259), without fractions.
#include <algorithm>

#include "check/value_scanner.hpp"

namespace norn::check {

namespace {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : in_(text) {}

  Result<Value> read() {
    Value value;
    blanks();
    if (!take_value(value)) return in_.error();
    blanks();
    if (!in_.at_end()) {
      in_.fail("something follows the value");
      return in_.error();
    }
    return value;
  }

 private:
  void blanks() {
    while (in_.peek() == ' ' || in_.peek() == '\t' || in_.peek() == '\n' || in_.peek() == '\r')
      in_.skip(1);
  }

  bool take_value(Value& out) {
    switch (in_.peek()) {
      case '{':
        return take_map(out);
      case '[':
        return take_list(out);
      case '"': {
        std::string text;
        if (!in_.take_string(text)) return false;
        out = Value(std::move(text));
        return true;
      }
      default:
        return take_plain(out);
    }
  }

  bool take_plain(Value& out) {
    const char c = in_.peek();
    if (c == '-' || (c >= '0' && c <= '9')) {
      std::int64_t number = 0;
      if (!in_.take_integer(number)) return false;
      out = Value(number);
      return true;
    }
    for (const auto& [word, value] : {std::pair<std::string_view, Value>{"null", Value()},
                                      {"true", Value(true)},
                                      {"false", Value(false)}}) {
      if (!in_.rest().starts_with(word)) continue;
      in_.skip(word.size());
      out = value;
      return true;
    }
    return in_.fail(in_.at_end() ? "a value was expected, but the text ends"
                                 : "a value was expected");
  }

  bool take_list(Value& out) {
    Value::List items;
    if (!in_.enter()) return false;
    in_.skip(1);
    blanks();
    if (!in_.take(']')) {
      do {
        blanks();
        if (!take_value(items.emplace_back())) return false;
        blanks();
      } while (in_.take(','));
      if (!in_.take(']')) return in_.fail("',' or ']' was expected");
    }
    in_.leave();
    out = Value(std::move(items));
    return true;
  }

  bool take_map(Value& out) {
    Value::Map entries;
    if (!in_.enter()) return false;
    in_.skip(1);
    blanks();
    if (!in_.take('}')) {
      do {
        blanks();
        Value::Entry& entry = entries.emplace_back();
        if (!in_.take_string(entry.key)) return false;
        blanks();
        if (!in_.take(':')) return in_.fail("':' was expected");
        blanks();
        if (!take_value(entry.value)) return false;
        blanks();
      } while (in_.take(','));
      if (!in_.take('}')) return in_.fail("',' or '}' was expected");
    }
    in_.leave();
    if (const Value::Entry* const twice = key_twice(entries))
      return in_.fail("the key " + quoted(twice->key) + " is there twice");
    out = Value(std::move(entries));
    return true;
  }

  Scanner in_;
};

}  // namespace

const Value::Entry* key_twice(Value::Map& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Value::Entry& a, const Value::Entry& b) { return a.key < b.key; });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i - 1].key == entries[i].key) return &entries[i];
  }
  return nullptr;
}

Result<Value> parse_json(std::string_view text) {
  return JsonReader(text).read();
}

}  // namespace norn::check
