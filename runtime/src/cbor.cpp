#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "norn/runtime/codec.hpp"

namespace norn::detail {

namespace {

// Walks over the items without recursion. What is accepted is what nlohmann/json writes: items of
// definite length, without tags (RFC 8949, 3: a major type in 3 bits and an argument in 5: the
// value, or 24 to 27 when 1, 2, 4 or 8 bytes follow).
class CborWalk {
 public:
  explicit CborWalk(std::span<const std::byte> bytes) : bytes_(bytes) {}

  // Returns what is wrong, or null.
  const char* check() {
    open_[0] = 1;
    while (open_count_ > 0) {
      std::uint64_t& left = open_[open_count_ - 1];
      if (left == 0) {
        --open_count_;
        continue;
      }
      --left;
      if (const char* const problem = item()) return problem;
    }
    return at_ == bytes_.size() ? nullptr : "there are bytes after the end";
  }
  std::size_t at() const { return at_; }

 private:
  std::size_t left() const { return bytes_.size() - at_; }

  const char* item() {
    if (left() < 1) return "it ends too early";
    const auto head = std::to_integer<std::uint32_t>(bytes_[at_++]);
    const std::uint32_t major = head >> 5U;
    const std::uint32_t info = head & 31U;
    if (info > 27) return "an item of a kind that is never sent";
    std::uint64_t argument = info;
    if (info >= 24) {
      const std::size_t size = std::size_t{1} << (info - 24);
      if (left() < size) return "it ends too early";
      argument = 0;
      for (std::size_t i = 0; i < size; ++i)
        argument = argument << 8U | std::to_integer<std::uint64_t>(bytes_[at_++]);
    }
    switch (major) {
      case 2:
      case 3:
        if (argument > left()) return "a length beyond the end";
        at_ += static_cast<std::size_t>(argument);
        return nullptr;
      case 4:
        return open(argument);
      case 5:
        return argument > left() ? "a length beyond the end" : open(2 * argument);
      case 6:
        return "a tag, which is never sent";
      default:
        return nullptr;
    }
  }

  const char* open(std::uint64_t items) {
    if (items > left()) return "a length beyond the end";  // each item has a byte at least
    if (open_count_ == open_.size()) return "it is nested too deeply";
    open_[open_count_++] = items;
    return nullptr;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::array<std::uint64_t, kDeepestCbor + 1> open_{};  // items that are left in each open one
  std::size_t open_count_ = 1;
};

}  // namespace

Result<void> check_cbor(std::span<const std::byte> bytes) {
  CborWalk walk(bytes);
  if (const char* const problem = walk.check())
    return Error{Errc::bad_message,
                 std::string("not CBOR: ") + problem + ", at byte " + std::to_string(walk.at())};
  return {};
}

}  // namespace norn::detail
