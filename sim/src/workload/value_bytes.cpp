#include "workload/value_bytes.hpp"

#include "norn/runtime/assert.hpp"

namespace norn::sim {

using check::Value;

void ValueWriter::put_text(std::string_view text) {
  put(text.size());
  std::byte* const place = grow(text.size());
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
}

// As deep as the value is nested.
void ValueWriter::put(const Value& value) {
  put(value.kind());
  switch (value.kind()) {
    case Value::Kind::nil:
      break;
    case Value::Kind::boolean:
      put(value.boolean());
      break;
    case Value::Kind::integer:
      put(value.integer());
      break;
    case Value::Kind::string:
      put_text(value.string());
      break;
    case Value::Kind::list:
      put(value.list().size());
      for (const Value& item : value.list()) put(item);
      break;
    case Value::Kind::map:
      put(value.map().size());
      for (const Value::Entry& entry : value.map()) {
        put_text(entry.key);
        put(entry.value);
      }
      break;
  }
}

std::span<const std::byte> ValueReader::take_bytes(std::size_t count) {
  NORN_ASSERT(count <= left_.size(), "a value is read that was not put");
  const std::span<const std::byte> taken = left_.first(count);
  left_ = left_.subspan(count);
  return taken;
}

std::string ValueReader::take_text() {
  const std::span<const std::byte> bytes = take_bytes(take<std::size_t>());
  std::string text(bytes.size(), '\0');
  if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

Value ValueReader::take_value() {
  switch (take<Value::Kind>()) {
    case Value::Kind::nil:
      break;
    case Value::Kind::boolean:
      return take<bool>();
    case Value::Kind::integer:
      return take<std::int64_t>();
    case Value::Kind::string:
      return take_text();
    case Value::Kind::list: {
      Value::List items(take<std::size_t>());
      for (Value& item : items) item = take_value();
      return items;
    }
    case Value::Kind::map: {
      Value::Map entries(take<std::size_t>());
      for (Value::Entry& entry : entries) {
        entry.key = take_text();
        entry.value = take_value();
      }
      return entries;
    }
  }
  return {};
}

}  // namespace norn::sim
