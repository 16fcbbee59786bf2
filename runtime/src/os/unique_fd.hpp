// UniqueFd: a descriptor of the machine that is closed once; and results as the world's calls give
// them.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace norn::real {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// told() makes a call of the machine and returns its result, or minus the errno value. A call that
// a signal interrupts is made again.
template <class Call>
std::int64_t told(Call call) {
  for (;;) {
    const std::int64_t result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

template <class Call>
int told_int(Call call) {
  return static_cast<int>(told(call));
}

}  // namespace norn::real
