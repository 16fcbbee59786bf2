#include "kernel/pipe.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <bit>

namespace norn::sim {

std::pair<std::shared_ptr<PipeEnd>, std::shared_ptr<PipeEnd>> make_pipe(int flags) {
  const auto pipe = std::make_shared<Pipe>();
  auto reader = std::make_shared<PipeEnd>(pipe, false, O_RDONLY | flags);
  auto writer = std::make_shared<PipeEnd>(pipe, true, O_WRONLY | flags);
  pipe->reader = reader.get();
  pipe->writer = writer.get();
  return {std::move(reader), std::move(writer)};
}

std::uint32_t PipeEnd::ready() {
  std::uint32_t events = 0;
  if (writes_) {
    if (pipe_->room() >= kPipeBuffer) events |= EPOLLOUT | EPOLLWRNORM;
    if (pipe_->reader == nullptr) events |= EPOLLERR;
  } else {
    if (!pipe_->bytes.empty()) events |= EPOLLIN | EPOLLRDNORM;
    if (pipe_->writer == nullptr) events |= EPOLLHUP;
  }
  return events;
}

std::int64_t PipeEnd::read(host::Process& process, std::span<std::byte> into) {
  if (writes_) return -EBADF;
  if (into.empty()) return 0;
  const std::shared_ptr<Pipe> pipe = pipe_;
  while (pipe->bytes.empty()) {
    if (pipe->writer == nullptr) return 0;
    if (const int over = block(process, pipe->readers); over != 0) return over;
  }
  const bool was_full = pipe->room() < kPipeBuffer;
  const std::size_t count = std::min(into.size(), pipe->bytes.size());
  const std::span<const std::byte> front = pipe->bytes.view(0, count);
  std::copy(front.begin(), front.end(), into.begin());
  pipe->bytes.pop(count);
  pipe->writers.notify_all();
  if (was_full && pipe->room() >= kPipeBuffer && pipe->writer != nullptr)
    pipe->writer->readiness.changed(EPOLLOUT | EPOLLWRNORM);
  return static_cast<std::int64_t>(count);
}

std::int64_t PipeEnd::write(host::Process& process, std::span<const std::byte> bytes) {
  if (!writes_) return -EBADF;
  if (bytes.empty()) return 0;
  const std::shared_ptr<Pipe> pipe = pipe_;
  const bool atomic = bytes.size() <= kPipeBuffer;
  std::size_t done = 0;
  for (;;) {
    if (pipe->reader == nullptr) return done > 0 ? static_cast<std::int64_t>(done) : -EPIPE;
    const std::size_t rest = bytes.size() - done;
    const std::size_t count = std::min(rest, pipe->room());
    if (count == rest || (!atomic && count > 0)) {
      pipe->bytes.append(bytes.subspan(done, count));
      done += count;
      pipe->readers.notify_all();
      pipe->reader->readiness.changed(EPOLLIN | EPOLLRDNORM);
    }
    if (done == bytes.size()) return static_cast<std::int64_t>(done);
    if (const int over = block(process, pipe->writers); over != 0)
      return done > 0 && over == -EAGAIN ? static_cast<std::int64_t>(done) : over;
  }
}

int PipeEnd::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IFIFO | S_IRUSR | S_IWUSR;
  return 0;
}

void PipeEnd::closed(host::Process& process) {
  static_cast<void>(process);
  (writes_ ? pipe_->writer : pipe_->reader) = nullptr;
  pipe_->readers.notify_all();
  pipe_->writers.notify_all();
  PipeEnd* const other = writes_ ? pipe_->reader : pipe_->writer;
  if (other != nullptr)
    other->readiness.changed(writes_ ? EPOLLHUP | EPOLLIN : EPOLLERR | EPOLLOUT);
}

int PipeEnd::set_capacity(std::size_t bytes) {
  if (bytes > kMaxPipeCapacity) return -EPERM;
  const std::size_t rounded = std::bit_ceil(std::max(bytes, kPipeBuffer));
  if (pipe_->bytes.size() > rounded) return -EBUSY;
  pipe_->capacity = rounded;
  pipe_->writers.notify_all();
  return static_cast<int>(rounded);
}

}  // namespace norn::sim
