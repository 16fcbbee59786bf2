#include "norn/check/value.hpp"

#include <algorithm>

#include "norn/runtime/assert.hpp"

namespace norn::check {

namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

// FNV-1a of 64 bits (Fowler, Noll, Vo), mixed.
std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mix(hash);
}

template <class Items, class Compare>
std::strong_ordering compare_items(const Items& a, const Items& b, Compare compare) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto order = compare(a[i], b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
}

std::strong_ordering compare_text(const std::string& a, const std::string& b) {
  return a.compare(b) <=> 0;
}

}  // namespace

void Value::copy_rare(const Value& other) {
  std::construct_at(&data_, other.data_);
}

// NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): what it holds is
void Value::take_rare(Value&& other) noexcept {
  std::construct_at(&data_, std::move(other.data_));
}

void Value::end_rare() noexcept {
  std::destroy_at(&data_);
}

Value::Value(std::string value) : data_(std::move(value)) {}

Value::Value(std::string_view value) : data_(std::string(value)) {}

Value::Value(const char* value) : data_(std::string(value)) {}

Value::Value(List value) : data_(std::move(value)) {}

Value::Value(Map entries) : data_() {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    NORN_ASSERT(entries[i - 1].key != entries[i].key,
                "a map has the key '" + entries[i].key + "' twice");
  }
  data_ = std::move(entries);
}

bool Value::boolean() const {
  NORN_ASSERT(is_boolean(), "boolean() of " + to_json(*this) + ": test is_boolean() first");
  return std::get<bool>(data_);
}

std::int64_t Value::integer() const {
  NORN_ASSERT(is_integer(), "integer() of " + to_json(*this) + ": test is_integer() first");
  return std::get<std::int64_t>(data_);
}

const std::string& Value::string() const {
  NORN_ASSERT(is_string(), "string() of " + to_json(*this) + ": test is_string() first");
  return std::get<std::string>(data_);
}

const Value::List& Value::list() const {
  NORN_ASSERT(is_list(), "list() of " + to_json(*this) + ": test is_list() first");
  return std::get<List>(data_);
}

const Value::Map& Value::map() const {
  NORN_ASSERT(is_map(), "map() of " + to_json(*this) + ": test is_map() first");
  return std::get<Map>(data_);
}

const Value* Value::at(std::string_view key) const {
  const Map& entries = map();
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), key,
                       [](const Entry& entry, std::string_view k) { return entry.key < k; });
  return found != entries.end() && found->key == key ? &found->value : nullptr;
}

std::uint64_t Value::hash() const {
  std::uint64_t hash = mix(data_.index());
  const auto add = [&hash](std::uint64_t part) { hash = mix(hash ^ part); };
  switch (kind()) {
    case Kind::nil:
      break;
    case Kind::boolean:
      add(boolean() ? 1 : 0);
      break;
    case Kind::integer:
      add(static_cast<std::uint64_t>(integer()));
      break;
    case Kind::string:
      add(hash_text(string()));
      break;
    case Kind::list:
      for (const Value& item : list()) add(item.hash());
      break;
    case Kind::map:
      for (const Entry& entry : map()) {
        add(hash_text(entry.key));
        add(entry.value.hash());
      }
      break;
  }
  return hash;
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return a.string() == b.string();
  return a.data_ == b.data_;
}

bool operator==(const Value::Entry& a, const Value::Entry& b) {
  return a.key == b.key && a.value == b.value;
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (const auto order = a.data_.index() <=> b.data_.index(); order != 0) return order;
  switch (a.kind()) {
    case Value::Kind::nil:
      break;
    case Value::Kind::boolean:
      return a.boolean() <=> b.boolean();
    case Value::Kind::integer:
      return a.integer() <=> b.integer();
    case Value::Kind::string:
      return compare_text(a.string(), b.string());
    case Value::Kind::list:
      return compare_items(a.list(), b.list(),
                           [](const Value& x, const Value& y) { return x <=> y; });
    case Value::Kind::map:
      return compare_items(a.map(), b.map(), [](const Value::Entry& x, const Value::Entry& y) {
        const auto order = compare_text(x.key, y.key);
        return order != 0 ? order : x.value <=> y.value;
      });
  }
  return std::strong_ordering::equal;
}

}  // namespace norn::check
