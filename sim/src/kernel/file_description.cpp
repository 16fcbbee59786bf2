#include "kernel/file_description.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <limits>

namespace norn::sim {

namespace {
constexpr std::int64_t kMostOffset = std::numeric_limits<std::int64_t>::max();
}  // namespace

std::int64_t FileDescription::read(host::Process& process, std::span<std::byte> into) {
  const std::int64_t count = read_at(process, into, offset_);
  if (count > 0) offset_ += static_cast<std::uint64_t>(count);
  return count;
}

std::int64_t FileDescription::write(host::Process& process, std::span<const std::byte> bytes) {
  return put(process, bytes, offset_, offset_);
}

std::int64_t FileDescription::read_at(host::Process& process, std::span<std::byte> into,
                                      std::uint64_t offset) {
  if ((flags() & O_ACCMODE) == O_WRONLY) return -EBADF;
  return world_.file_read(process, handle_, offset, into);
}

std::int64_t FileDescription::write_at(host::Process& process, std::span<const std::byte> bytes,
                                       std::uint64_t offset) {
  std::uint64_t end = 0;
  return put(process, bytes, offset, end);
}

// Writes at `offset`, or at the end of the file with O_APPEND; `end` is where the next byte would
// go, if anything was written.
std::int64_t FileDescription::put(host::Process& process, std::span<const std::byte> bytes,
                                  std::uint64_t offset, std::uint64_t& end) {
  if ((flags() & O_ACCMODE) == O_RDONLY) return -EBADF;
  if (bytes.empty()) return 0;
  if ((flags() & O_APPEND) != 0) {
    const std::int64_t size = this->size(process);
    if (size < 0) return size;
    offset = static_cast<std::uint64_t>(size);
  }
  const std::int64_t count = world_.file_write(process, handle_, offset, bytes);
  if (count <= 0) return count;
  end = offset + static_cast<std::uint64_t>(count);
  if ((flags() & (O_SYNC | O_DSYNC)) != 0) {
    if (const int error = sync(process); error != 0) return error;
  }
  return count;
}

std::int64_t FileDescription::size(host::Process& process) {
  return world_.file_size(process, handle_);
}

std::int64_t FileDescription::seek(host::Process& process, std::int64_t offset, int whence) {
  std::int64_t base = 0;
  if (whence == SEEK_CUR) {
    base = static_cast<std::int64_t>(offset_);
  } else if (whence == SEEK_END) {
    base = size(process);
    if (base < 0) return base;
  } else if (whence != SEEK_SET) {
    return -EINVAL;
  }
  if (offset > 0 && base > kMostOffset - offset) return -EOVERFLOW;
  if (base + offset < 0) return -EINVAL;
  offset_ = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

int FileDescription::truncate(host::Process& process, std::uint64_t size) {
  return world_.file_truncate(process, handle_, size);
}

int FileDescription::sync(host::Process& process) {
  return world_.file_sync(process, handle_);
}

int FileDescription::status(host::Process& process, struct stat& status) {
  const std::int64_t bytes = size(process);
  if (bytes < 0) return static_cast<int>(bytes);
  status.st_mode = S_IFREG | S_IRUSR | S_IWUSR;
  status.st_size = bytes;
  status.st_blksize = 4096;
  return 0;
}

void FileDescription::closed(host::Process& process) {
  world_.file_close(process, handle_);
}

// ---- directories

std::int64_t DirectoryDescription::read(host::Process& process, std::span<std::byte> into) {
  static_cast<void>(process);
  static_cast<void>(into);
  return -EISDIR;
}

std::int64_t DirectoryDescription::write(host::Process& process, std::span<const std::byte> bytes) {
  static_cast<void>(process);
  static_cast<void>(bytes);
  return -EBADF;
}

int DirectoryDescription::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IFDIR | S_IRWXU;
  return 0;
}

}  // namespace norn::sim
