// SocketHandle: owns a socket's descriptor.
#pragma once

#include <utility>

namespace norn::detail {

// Closes the descriptor when it is destroyed, if its node still lives. Movable.
class SocketHandle {
 public:
  SocketHandle() = default;
  explicit SocketHandle(int descriptor) : descriptor_(descriptor) {}
  SocketHandle(SocketHandle&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, kClosed)) {}
  SocketHandle& operator=(SocketHandle&& other) noexcept;
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;
  ~SocketHandle() { close(); }

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ != kClosed; }
  // close() may be called more than once.
  void close();

 private:
  static constexpr int kClosed = -1;
  int descriptor_ = kClosed;
};

}  // namespace norn::detail
