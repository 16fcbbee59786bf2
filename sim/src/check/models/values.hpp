// Values as numbers, and texts that grow at their end without being copied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "check/models/tables.hpp"
#include "norn/check/value.hpp"

namespace norn::check {

// ValueTable numbers values: equal ones have equal numbers, and nil is 0. A text made by append()
// is kept as what it was made of; its hash can be computed from its parts (Karp and Rabin 1987),
// and before two texts are taken for equal they are compared.
class ValueTable {
 public:
  // `empty_is_nil`: "" is the same as nil.
  explicit ValueTable(bool empty_is_nil);

  // A number that stands for no value in particular, and for none that has a number.
  static constexpr std::uint32_t kOther = 1;

  // From now on, number() keeps a copy of what is new.
  void own() { owns_ = true; }
  // clear() forgets all values, and keeps the memory.
  void clear();
  // number() remembers where the value is: it must stay there, unless the table owns its values.
  std::uint32_t number(const Value& value);
  // append() is the text `text` + `piece`. Both must be texts, or nil for the empty one.
  std::uint32_t append(std::uint32_t text, std::uint32_t piece);
  bool is_text(std::uint32_t value) const;
  // Whether `whole`, a value that was given to number(), is a text that begins with `text`.
  bool begins_with(std::uint32_t whole, std::uint32_t text);
  // Whether `piece` is somewhere in `whole`; both were given to number().
  bool contains(std::uint32_t whole, std::uint32_t piece) const;
  std::uint32_t length(std::uint32_t text) const { return entries_[text].length; }
  // One more than the greatest number.
  std::uint32_t size() const { return entries_.size(); }

  Value value(std::uint32_t number) const;
  // The value itself, as JSON.
  std::string describe(std::uint32_t value) const;

 private:
  struct Entry {
    const Value* value = nullptr;  // null: made of two parts, or nil
    std::uint32_t text = 0;
    std::uint32_t piece = 0;
    std::uint64_t hash = 0;
    std::uint32_t length = 0;
  };

  std::string_view flat(std::uint32_t value) const { return entries_[value].value->string(); }
  std::string text_of(std::uint32_t value) const;
  std::uint32_t add(const Entry& entry);
  const Value* kept(const Value& value) { return owns_ ? &owned_[owned_.push(value)] : &value; }

  bool empty_is_nil_;
  bool owns_ = false;
  Pool<Value> owned_;
  Pool<Entry> entries_;
  HashIndex index_;
  Memo appended_;
  Memo prefixes_;  // of those that are
};

}  // namespace norn::check
