// Pipe: bytes from a writing end to a reading end (pipe(7)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "kernel/byte_queue.hpp"
#include "kernel/description.hpp"

namespace norn::sim {

inline constexpr std::size_t kPipeBuffer = 4096;         // PIPE_BUF: writes up to it are atomic
inline constexpr std::size_t kPipeCapacity = 64 * 1024;  // Linux': 16 pages
inline constexpr std::size_t kMaxPipeCapacity = 1024 * 1024;  // /proc/sys/fs/pipe-max-size

class PipeEnd;

// What the two ends share.
struct Pipe {
  ByteQueue bytes;
  std::size_t capacity = kPipeCapacity;
  PipeEnd* reader = nullptr;  // null: closed
  PipeEnd* writer = nullptr;
  host::WaitList readers;
  host::WaitList writers;

  std::size_t room() const { return capacity - bytes.size(); }
};

// make_pipe() gives the reading and the writing end.
std::pair<std::shared_ptr<PipeEnd>, std::shared_ptr<PipeEnd>> make_pipe(int flags);

class PipeEnd final : public Description {
 public:
  PipeEnd(std::shared_ptr<Pipe> pipe, bool writes, int flags)
      : Description(flags), pipe_(std::move(pipe)), writes_(writes) {}

  std::uint32_t ready() override;
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  // write() of up to kPipeBuffer bytes writes all or nothing.
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

  std::size_t capacity() const { return pipe_->capacity; }
  // set_capacity() rounds up to a power of two of pages, and returns what it became. -EBUSY: there
  // are more bytes in it; -EPERM: beyond kMaxPipeCapacity.
  int set_capacity(std::size_t bytes);
  std::size_t unread() const { return pipe_->bytes.size(); }

 private:
  std::shared_ptr<Pipe> pipe_;
  bool writes_;
};

}  // namespace norn::sim
