// Description: an open file description: what one or more descriptors lead to.
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/readiness.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/time.hpp"

struct stat;

namespace norn::sim {

// Descriptors that were made by dup() share one, with its flags and its offset. It lives while a
// descriptor or a call that waits on it holds it; `descriptors` counts the former. Calls return a
// value >= 0, or minus an errno value.
class Description {
 public:
  explicit Description(int flags) : flags_(flags) {}
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;
  virtual ~Description() = default;

  // flags() are the access mode, O_APPEND and O_NONBLOCK.
  int flags() const { return flags_; }
  void set_flags(int flags) { flags_ = flags; }
  bool blocks() const { return (flags_ & O_NONBLOCK) == 0; }

  bool is_open() const { return descriptors > 0; }

  // ready() is which of the events of epoll hold now.
  virtual std::uint32_t ready() = 0;
  // can_be_polled() is false for files: epoll refuses them (EPERM), poll finds them ready.
  virtual bool can_be_polled() const { return true; }
  virtual std::int64_t read(host::Process& process, std::span<std::byte> into);
  virtual std::int64_t write(host::Process& process, std::span<const std::byte> bytes);
  virtual int status(host::Process& process, struct stat& status) = 0;
  // closed(): its last descriptor is gone.
  virtual void closed(host::Process& process) = 0;

  Readiness readiness;
  std::uint32_t descriptors = 0;

 protected:
  // block() parks the calling fiber until `list` is notified. Returns 0, or why the call is over:
  // -EAGAIN (it does not block, or `deadline` passed), -EBADF (closed meanwhile), -ESRCH (dead).
  int block(host::Process& process, host::WaitList& list,
            std::optional<TimePoint> deadline = std::nullopt) const;

 private:
  int flags_;
};

}  // namespace norn::sim
