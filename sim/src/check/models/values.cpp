#include "check/models/values.hpp"

#include <algorithm>
#include <vector>

namespace norn::check {

namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C55U;  // odd; anything large serves

std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = hash * kBase + static_cast<unsigned char>(c) + 1;
  return hash;
}

std::uint64_t power(std::uint32_t exponent) {
  std::uint64_t result = 1;
  for (std::uint64_t base = kBase; exponent != 0; exponent >>= 1U, base *= base) {
    if ((exponent & 1U) != 0) result *= base;
  }
  return result;
}

}  // namespace

ValueTable::ValueTable(bool empty_is_nil) : empty_is_nil_(empty_is_nil) {
  clear();
}

void ValueTable::clear() {
  owned_.clear();
  entries_.clear();
  index_.clear();
  appended_.clear();
  prefixes_.clear();
  entries_.push({});  // nil
  entries_.push({});  // kOther
}

std::uint32_t ValueTable::add(const Entry& entry) {
  index_.add(mix_hash(entry.hash), entries_.size());
  return entries_.push(entry);
}

bool ValueTable::is_text(std::uint32_t value) const {
  const Entry& entry = entries_[value];
  return entry.value == nullptr || entry.value->is_string();
}

std::uint32_t ValueTable::number(const Value& value) {
  if (value.is_nil() || (empty_is_nil_ && value.is_string() && value.string().empty())) return 0;
  Entry entry{.value = &value};
  if (!value.is_string()) {
    entry.hash = value.hash();
    const std::uint32_t found = index_.find(mix_hash(entry.hash), [&](std::uint32_t i) {
      return entries_[i].value != nullptr && *entries_[i].value == value;
    });
    if (found != kNone) return found;
    entry.value = kept(value);
    return add(entry);
  }
  const std::string& text = value.string();
  entry.hash = text_hash(text);
  entry.length = static_cast<std::uint32_t>(text.size());
  const std::uint32_t found = index_.find(mix_hash(entry.hash), [&](std::uint32_t i) {
    const Entry& other = entries_[i];
    if (other.hash != entry.hash || other.length != entry.length) return false;
    if (other.value != nullptr) return *other.value == value;
    return text_of(i) == text;
  });
  if (found == kNone) {
    entry.value = kept(value);
    return add(entry);
  }
  // A text that append() made is whole from now on, for what is given here can be a piece.
  if (entries_[found].value == nullptr) entries_[found].value = kept(value);
  return found;
}

std::string ValueTable::text_of(std::uint32_t value) const {
  std::vector<std::string_view> parts;
  while (entries_[value].value == nullptr && value != 0) {
    if (entries_[value].piece != 0) parts.push_back(flat(entries_[value].piece));
    value = entries_[value].text;
  }
  std::string text(value == 0 ? std::string_view() : flat(value));
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) text += *part;
  return text;
}

std::uint32_t ValueTable::append(std::uint32_t text, std::uint32_t piece) {
  if (entries_[piece].length == 0) return text;
  if (entries_[text].length == 0) return piece;
  if (const std::uint32_t known = appended_.find(text, piece); known != kNone) return known;
  const Entry& before = entries_[text];
  const Entry& after = entries_[piece];
  const Entry entry{.value = nullptr,
                    .text = text,
                    .piece = piece,
                    .hash = before.hash * power(after.length) + after.hash,
                    .length = before.length + after.length};
  std::string whole;
  const std::uint32_t found = index_.find(mix_hash(entry.hash), [&](std::uint32_t i) {
    const Entry& other = entries_[i];
    if (other.hash != entry.hash || other.length != entry.length || !is_text(i)) return false;
    if (whole.empty()) whole = text_of(text) + text_of(piece);
    return text_of(i) == whole;
  });
  const std::uint32_t result = found != kNone ? found : add(entry);
  appended_.set(text, piece, result);
  return result;
}

bool ValueTable::begins_with(std::uint32_t whole, std::uint32_t text) {
  if (!is_text(whole) || !is_text(text)) return false;
  if (entries_[text].length == 0) return true;
  if (whole == 0) return false;
  const std::string_view all = flat(whole);
  std::vector<std::uint32_t> climbed;
  bool begins = false;
  // The last pieces first: they are what differs.
  while (true) {
    const Entry& entry = entries_[text];
    if (entry.length > all.size()) break;
    if (text == whole || prefixes_.find(whole, text) != kNone) {
      begins = true;
      break;
    }
    if (entry.value != nullptr) {
      begins = all.starts_with(flat(text));
      if (begins) climbed.push_back(text);
      break;
    }
    if (all.substr(entries_[entry.text].length, entries_[entry.piece].length) != flat(entry.piece))
      break;
    climbed.push_back(text);
    text = entry.text;
  }
  if (!begins) return false;
  for (const std::uint32_t each : climbed) prefixes_.set(whole, each, 1);
  return true;
}

bool ValueTable::contains(std::uint32_t whole, std::uint32_t piece) const {
  if (!is_text(whole) || !is_text(piece)) return false;
  if (entries_[piece].length == 0) return true;
  return whole != 0 && flat(whole).find(flat(piece)) != std::string_view::npos;
}

Value ValueTable::value(std::uint32_t number) const {
  if (number == 0) return {};
  const Entry& entry = entries_[number];
  return entry.value != nullptr ? *entry.value : Value(text_of(number));
}

std::string ValueTable::describe(std::uint32_t value) const {
  if (value == 0) return "nil";
  if (value == kOther) return "something that nobody saw";
  return to_json(this->value(value));
}

}  // namespace norn::check
