// CBOR (RFC 8949) straight from the fields of a struct, without a tree of values in between:
// messages and files of this scenario are shown decoded in traces, and still cost little.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "norn/runtime/codec.hpp"

namespace raft_kv {

// A struct takes part by naming its fields, in order:
//   template <class Self, class Visit>
//   static void fields(Self& self, Visit&& visit) { visit("term", self.term); … }
// It becomes a map from these names. Empty texts, empty lists and `false` are left out. An enum
// goes as the text that its name() gives, and comes back through from_name().
template <class T>
concept HasFields = requires(T& value) { T::fields(value, [](std::string_view, auto&) {}); };

// Writes into a buffer of its own; short encodings (most messages) never reach the heap.
class CborWriter {
 public:
  template <class T>
  void write(const T& value);

  std::span<const std::byte> bytes() const {
    return large_.empty() ? std::span(small_.data(), size_) : std::span(large_.data(), size_);
  }

 private:
  enum Major : std::uint8_t {
    unsigned_number = 0,
    byte_string = 2,
    text_string = 3,
    array = 4,
    map = 5
  };

  void head(Major major, std::uint64_t value);
  void raw(const void* data, std::size_t size);
  void text(std::string_view value) {
    head(text_string, value.size());
    raw(value.data(), value.size());
  }

  std::array<std::byte, 240> small_;
  std::vector<std::byte> large_;
  std::size_t size_ = 0;
};

// Reads what CborWriter wrote. Anything else makes ok() false; what is read from then on is empty.
class CborReader {
 public:
  explicit CborReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  void read(T& value);

  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t head(unsigned major);
  std::span<const std::byte> take(std::uint64_t size);
  std::string_view text();
  bool next_key_is(std::string_view name);
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

namespace detail {

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

template <class T>
bool left_out(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return !value;
  } else if constexpr (std::same_as<T, std::string> || is_list<T>) {
    return value.empty();
  } else {
    return false;
  }
}

}  // namespace detail

template <class T>
void CborWriter::write(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    const std::byte code{value ? std::uint8_t{0xf5} : std::uint8_t{0xf4}};
    raw(&code, 1);
  } else if constexpr (std::unsigned_integral<T>) {
    head(unsigned_number, value);
  } else if constexpr (std::is_enum_v<T>) {
    text(name(value));
  } else if constexpr (std::same_as<T, std::string>) {
    text(value);
  } else if constexpr (std::same_as<T, norn::Bytes>) {
    head(byte_string, value.size());
    raw(value.data(), value.size());
  } else if constexpr (detail::is_list<T>) {
    head(array, value.size());
    for (const auto& element : value) write(element);
  } else {
    static_assert(HasFields<T>);
    std::uint64_t count = 0;
    T::fields(value, [&](std::string_view, const auto& field) {
      count += detail::left_out(field) ? 0U : 1U;
    });
    head(map, count);
    T::fields(value, [&](std::string_view key, const auto& field) {
      if (detail::left_out(field)) return;
      text(key);
      write(field);
    });
  }
}

template <class T>
void CborReader::read(T& value) {
  if constexpr (std::same_as<T, bool>) {
    const auto code = take(1);
    if (!code.empty() && code[0] != std::byte{0xf4} && code[0] != std::byte{0xf5}) fail();
    value = !code.empty() && code[0] == std::byte{0xf5};
  } else if constexpr (std::unsigned_integral<T>) {
    value = static_cast<T>(head(0));
  } else if constexpr (std::is_enum_v<T>) {
    if (!from_name(text(), value)) fail();
  } else if constexpr (std::same_as<T, std::string>) {
    value.assign(text());
  } else if constexpr (std::same_as<T, norn::Bytes>) {
    const auto bytes = take(head(2));
    value.assign(bytes.begin(), bytes.end());
  } else if constexpr (detail::is_list<T>) {
    const std::uint64_t count = head(4);
    if (count > rest_.size()) return fail();  // an element takes a byte at least
    value.resize(count);
    for (auto& element : value) read(element);
  } else {
    static_assert(HasFields<T>);
    std::uint64_t count = head(5);
    T::fields(value, [&](std::string_view key, auto& field) {
      if (count == 0 || !next_key_is(key)) return;
      --count;
      read(field);
    });
    if (count != 0) fail();
  }
}

inline void CborWriter::head(Major major, std::uint64_t value) {
  std::array<std::byte, 9> code;
  unsigned extra = 0;
  unsigned argument = static_cast<unsigned>(value);
  if (value >= 24) {
    extra = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
    argument = extra == 1 ? 24 : extra == 2 ? 25 : extra == 4 ? 26 : 27;
  }
  code[0] = static_cast<std::byte>((unsigned{major} << 5) | argument);
  for (unsigned i = 0; i < extra; ++i)
    code[1 + i] = static_cast<std::byte>(value >> (8 * (extra - 1 - i)));
  raw(code.data(), 1 + extra);
}

inline void CborWriter::raw(const void* data, std::size_t size) {
  if (size == 0) return;
  if (large_.empty() && size_ + size <= small_.size()) {
    std::memcpy(small_.data() + size_, data, size);
  } else {
    if (large_.empty()) large_.assign(small_.data(), small_.data() + size_);
    const auto* from = static_cast<const std::byte*>(data);
    large_.insert(large_.end(), from, from + size);
  }
  size_ += size;
}

inline std::span<const std::byte> CborReader::take(std::uint64_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

inline std::uint64_t CborReader::head(unsigned major) {
  const auto code = take(1);
  if (code.empty() || std::to_integer<unsigned>(code[0]) >> 5 != major) {
    fail();
    return 0;
  }
  const unsigned argument = std::to_integer<unsigned>(code[0]) & 0x1fU;
  if (argument < 24) return argument;
  if (argument > 27) {
    fail();
    return 0;
  }
  std::uint64_t value = 0;
  for (const std::byte byte : take(std::uint64_t{1} << (argument - 24))) {
    value = (value << 8) | std::to_integer<std::uint64_t>(byte);
  }
  return value;
}

inline std::string_view CborReader::text() {
  const auto bytes = take(head(3));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool CborReader::next_key_is(std::string_view name) {
  const auto before = rest_;
  if (text() == name) return true;
  if (ok_) rest_ = before;
  return false;
}

// encode() and decode() are for files; messages go through the Codec below.
template <HasFields T>
norn::Bytes encode(const T& value) {
  CborWriter writer;
  writer.write(value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

template <HasFields T>
norn::Result<T> decode(std::span<const std::byte> bytes) {
  CborReader reader(bytes);
  T value;
  reader.read(value);
  if (!reader.ok() || reader.left() != 0)
    return {norn::Errc::bad_message, "not the fields that are expected"};
  return value;
}

}  // namespace raft_kv

template <raft_kv::HasFields T>
struct norn::Codec<T> {
  static constexpr bool is_cbor = true;

  template <class Sink>
  static void encode(const T& value, Sink&& sink) {
    raft_kv::CborWriter writer;
    writer.write(value);
    sink(writer.bytes());
  }
  static Result<T> decode(std::span<const std::byte> bytes) { return raft_kv::decode<T>(bytes); }
};
