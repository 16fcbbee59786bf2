#include "trace/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace norn::trace {

namespace {

Error unreadable(const std::string& name, int error) {
  const Errc code = error == ENOENT ? Errc::not_found : Errc::io_error;
  return {code, name + ": cannot be read: " + std::strerror(error)};
}

}  // namespace

Result<Source> Source::open(const std::string& path) {
  Source source{std::string(path)};
  // Opening a pipe must not wait for somebody who writes to it.
  source.file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (source.file_ < 0) return unreadable(path, errno);
  struct stat info{};
  if (::fstat(source.file_, &info) != 0) return unreadable(path, errno);
  if (S_ISDIR(info.st_mode)) return unreadable(path, EISDIR);
  if (!S_ISREG(info.st_mode)) return Error{Errc::invalid, path + ": is not a regular file"};
  source.size_ = static_cast<std::uint64_t>(info.st_size);
  return source;
}

Source::Source(std::span<const std::byte> bytes, std::string name)
    : name_(std::move(name)), size_(bytes.size()), bytes_(bytes) {}

Source::Source(Source&& other) noexcept
    : name_(std::move(other.name_)),
      size_(other.size_),
      bytes_(other.bytes_),
      file_(std::exchange(other.file_, -1)) {}

Source::~Source() {
  if (file_ >= 0) ::close(file_);
}

Result<void> Source::read(std::uint64_t offset, std::span<std::byte> into) const {
  if (offset > size_ || into.size() > size_ - offset)
    return damaged(*this, size_, "the file ends here too early");
  if (file_ < 0) {
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
    return {};
  }
  while (!into.empty()) {
    const ssize_t count = ::pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(name_, errno);
    if (count == 0) return damaged(*this, offset, "the file became shorter while it was read");
    into = into.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Error damaged(const Source& source, std::uint64_t offset, const std::string& what) {
  return {Errc::invalid, source.name() + ": byte " + std::to_string(offset) + ": " + what};
}

}  // namespace norn::trace
