// Value: what client operations carry, as far as a checker needs to know it.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::check {

// Value is nil, a bool, a whole number of 64 bits, a string, a list or a map with strings as keys.
// There are no fractions: what is compared must compare exactly. Values are totally ordered: by
// kind in this order, then as one expects; maps like the list of their entries.
class Value {
 public:
  struct Entry;
  using List = std::vector<Value>;
  using Map = std::vector<Entry>;  // sorted by key, no key twice
  enum class Kind : std::uint8_t { nil, boolean, integer, string, list, map };

  Value();
  Value(const Value& other);
  Value(Value&& other) noexcept { take(std::move(other)); }
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value() { end(); }

  template <std::same_as<bool> T>
  Value(T value);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value);
  Value(std::string value);
  Value(std::string_view value);
  Value(const char* value);
  Value(List value);
  // The entries may come in any order; a key that is there twice is misuse.
  Value(Map entries);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_nil() const { return kind() == Kind::nil; }
  bool is_boolean() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_map() const { return kind() == Kind::map; }

  // Asking for another kind than it is is misuse.
  bool boolean() const;
  std::int64_t integer() const;
  const std::string& string() const;
  const List& list() const;
  const Map& map() const;
  // at() is the value of a map at a key; null if it has none.
  const Value* at(std::string_view key) const;

  // hash() is the same on every machine.
  std::uint64_t hash() const;

  friend bool operator==(const Value& a, const Value& b);
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);

 private:
  using Data = std::variant<std::monostate, bool, std::int64_t, std::string, List, Map>;

  // Values are copied, moved and ended many times for each operation that is judged. What
  // std::variant does by a table of functions is done here by hand for what is frequent.
  void take(Value&& other) noexcept;
  void end() noexcept;
  void copy_rare(const Value& other);
  void take_rare(Value&& other) noexcept;
  void end_rare() noexcept;

  union {        // which neither begins nor ends it by itself
    Data data_;  // NOLINT(readability-identifier-naming): it is private all the same
  };
};

struct Value::Entry {
  std::string key;
  Value value;

  friend bool operator==(const Entry& a, const Entry& b);
};

// An entry holds a Value and a Value may hold entries: the bodies come after both.
inline Value::Value() : data_() {}

inline Value::Value(const Value& other) {
  if (const std::string* const text = std::get_if<std::string>(&other.data_)) {
    std::construct_at(&data_, std::in_place_type<std::string>, *text);
  } else if (const std::int64_t* const number = std::get_if<std::int64_t>(&other.data_)) {
    std::construct_at(&data_, std::in_place_type<std::int64_t>, *number);
  } else if (other.is_nil()) {
    std::construct_at(&data_);
  } else {
    copy_rare(other);
  }
}

inline void Value::take(Value&& other) noexcept {
  if (std::string* const text = std::get_if<std::string>(&other.data_)) {
    std::construct_at(&data_, std::in_place_type<std::string>, std::move(*text));
  } else if (const std::int64_t* const number = std::get_if<std::int64_t>(&other.data_)) {
    std::construct_at(&data_, std::in_place_type<std::int64_t>, *number);
  } else if (other.is_nil()) {
    std::construct_at(&data_);
  } else {
    take_rare(std::move(other));
  }
}

inline void Value::end() noexcept {
  if (std::string* const text = std::get_if<std::string>(&data_)) {
    std::destroy_at(text);
  } else if (kind() > Kind::string) {
    end_rare();
  }
}

inline Value& Value::operator=(const Value& other) {
  std::string* const text = std::get_if<std::string>(&data_);
  const std::string* const of_other = std::get_if<std::string>(&other.data_);
  if (text != nullptr && of_other != nullptr) {
    *text = *of_other;
  } else if (this != &other) {
    *this = Value(other);
  }
  return *this;
}

inline Value& Value::operator=(Value&& other) noexcept {
  if (this == &other) return *this;
  if (kind() > Kind::string) {  // what is taken may be a part of this
    Value taken(std::move(other));
    end();
    take(std::move(taken));
    return *this;
  }
  std::string* const text = std::get_if<std::string>(&data_);
  std::string* const of_other = std::get_if<std::string>(&other.data_);
  if (text != nullptr && of_other != nullptr) {
    *text = std::move(*of_other);
    return *this;
  }
  end();
  take(std::move(other));
  return *this;
}

template <std::same_as<bool> T>
Value::Value(T value) : data_(value) {}

template <std::integral T>
  requires(!std::same_as<T, bool>)
Value::Value(T value) : data_(static_cast<std::int64_t>(value)) {}

// How deep lists and maps may be nested in what is read.
inline constexpr int kMaxValueNesting = 64;

// JSON and EDN on one line. JSON keeps a Value exactly. EDN's keywords, symbols and characters are
// read as strings, its sets as sorted lists, keys of maps as strings. Bytes that are not UTF-8 are
// written as U+FFFD.
std::string to_json(const Value& value);
std::string to_edn(const Value& value);
void append_json(std::string& out, const Value& value);
void append_edn(std::string& out, const Value& value);

// Errors (Errc::invalid) say what is wrong and at which byte. Nothing may follow the value.
Result<Value> parse_json(std::string_view text);
Result<Value> parse_edn(std::string_view text);

// The first byte that is not part of valid UTF-8; npos if there is none.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace norn::check
