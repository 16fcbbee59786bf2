// ByteQueue: bytes that go in at the end and out at the front.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace norn::sim {

// Contiguous, so that any part of it can be shown as it is. What was taken out at the front is
// given back once it is more than half: each byte is moved once on average.
class ByteQueue {
 public:
  std::size_t size() const { return bytes_.size() - head_; }
  bool empty() const { return size() == 0; }

  void append(std::span<const std::byte> bytes) {
    if (head_ > bytes_.size() / 2) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  // view() is good until the next append() or pop().
  std::span<const std::byte> view(std::size_t offset, std::size_t count) const {
    return std::span(bytes_).subspan(head_ + offset, count);
  }

  void pop(std::size_t count) {
    head_ += count;
    if (head_ == bytes_.size()) clear();
  }

  void clear() {
    bytes_.clear();
    head_ = 0;
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t head_ = 0;
};

}  // namespace norn::sim
