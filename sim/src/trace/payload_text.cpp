#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "norn/trace/describe.hpp"
#include "trace/bytes.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kDeepestCbor = 100;

// CborDepth walks over CBOR without recursion, to learn whether a recursive reader may. RFC 8949,
// 3: an item begins with a major type (3 bits) and an argument (5 bits: the value, or 24–27 = 1, 2,
// 4, 8 bytes follow, 31 = of unknown length, ended by a break).
class CborDepth {
 public:
  explicit CborDepth(std::span<const std::byte> bytes) : in_(bytes) {}

  bool bearable() {
    open_.push_back(1);
    while (!open_.empty() && in_.ok()) {
      if (open_.back() == 0) {
        open_.pop_back();
        continue;
      }
      if (open_.size() > kDeepestCbor) return false;
      if (!item()) return false;
    }
    return in_.ok() && in_.empty();
  }

 private:
  static constexpr std::uint64_t kUntilBreak = ~std::uint64_t{0};

  bool item() {
    const auto head = in_.integer<std::uint8_t>();
    const std::uint32_t major = head >> 5U;
    const std::uint32_t info = head & 31U;
    if (head == 0xFF) {  // break
      if (open_.back() != kUntilBreak) return false;
      open_.pop_back();
      return true;
    }
    if (open_.back() != kUntilBreak) --open_.back();
    std::uint64_t argument = info;
    if (info >= 24 && info <= 27) argument = big_endian(1U << (info - 24));
    if (info >= 28 && info != 31) return false;
    const bool endless = info == 31;
    if (endless && (major < 2 || major > 5)) return false;
    switch (major) {
      case 2:
      case 3:
        if (endless) {
          open_.push_back(kUntilBreak);
        } else {
          in_.take(static_cast<std::size_t>(argument));
        }
        return true;
      case 4:
        open_.push_back(endless ? kUntilBreak : argument);
        return true;
      case 5:
        if (argument > in_.left()) return false;
        open_.push_back(endless ? kUntilBreak : argument * 2);
        return true;
      case 6:
        open_.push_back(1);
        return true;
      default:
        return true;
    }
  }

  std::uint64_t big_endian(std::uint32_t size) {
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < size; ++i) value = value << 8U | in_.integer<std::uint8_t>();
    return value;
  }

  ByteReader in_;
  std::vector<std::uint64_t> open_;  // how many items each open array, map or tag still takes
};

// The length of the UTF-8 sequence at the front of `text`, 0 if it is none (RFC 3629, 4; overlong
// forms and surrogates are let through: they are shown, not understood).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  std::size_t length = 0;
  if (first < 0x80) {
    length = 1;
  } else if (first >= 0xC2 && first < 0xE0) {
    length = 2;
  } else if (first >= 0xE0 && first < 0xF0) {
    length = 3;
  } else if (first >= 0xF0 && first < 0xF5) {
    length = 4;
  }
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

constexpr const char* kHexDigits = "0123456789abcdef";

}  // namespace

std::optional<std::string> cbor_json(std::span<const std::byte> bytes) {
  if (!CborDepth(bytes).bearable()) return std::nullopt;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto value = nlohmann::json::from_cbor(data, data + bytes.size(), true, false,
                                               nlohmann::json::cbor_tag_handler_t::ignore);
  if (value.is_discarded()) return std::nullopt;
  return to_line(value);
}

std::string cbor_text(std::span<const std::byte> bytes) {
  auto json = cbor_json(bytes);
  return json ? *json : hex_text(bytes);
}

std::string hex_text(std::span<const std::byte> bytes, std::size_t limit) {
  std::string text;
  for (const std::byte each : bytes.first(std::min(limit, bytes.size()))) {
    text += kHexDigits[std::to_integer<unsigned>(each) >> 4U];
    text += kHexDigits[std::to_integer<unsigned>(each) & 15U];
  }
  return bytes.size() > limit ? text + "…" : text;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
      text.remove_prefix(1);
    } else if (first < 0x20 || first == 0x7F) {
      out += first == '\n' ? "\\n"
             : first == '\t'
                 ? "\\t"
                 : std::string("\\x") + kHexDigits[first >> 4U] + kHexDigits[first & 15U];
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace norn::trace
