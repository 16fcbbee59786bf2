// Calls on files.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <utility>

#include "os/real_posix.hpp"

namespace norn::real {

namespace {

constexpr int kKnown = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_CREAT | O_EXCL |
                       O_TRUNC | O_CLOEXEC | O_DIRECTORY;

// What is in the page cache is read on the spot: RWF_NOWAIT (preadv2(2), Linux 4.14). Whether that
// was all that the file has, only a whole read tells.
bool read_from_cache(int fd, void* into, std::size_t length, std::int64_t offset) {
  iovec part{.iov_base = into, .iov_len = length};
  return ::preadv2(fd, &part, 1, offset, RWF_NOWAIT) == static_cast<ssize_t>(length);
}

}  // namespace

int RealPosix::open(host::Process& process, std::string_view path, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~kKnown) != 0) return -EINVAL;
  if ((flags & O_DIRECTORY) != 0 && (flags & O_CREAT) != 0) return -EINVAL;
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const Folder& folder = files_.folder(process);
  OpenFile file;
  file.blocks = (flags & O_NONBLOCK) == 0;
  int fd = -1;
  files_.away([&] {
    fd = folder.open(path, flags | O_NONBLOCK);  // a pipe with a name must not hold up anybody
    struct stat status{};
    if (fd >= 0 && ::fstat(fd, &status) == 0) {
      if (S_ISDIR(status.st_mode)) file.kind = OpenKind::directory;
      if (S_ISFIFO(status.st_mode)) file.kind = OpenKind::pipe;
    }
    return 0;
  });
  if (!process.alive) {
    const UniqueFd closed(fd);
    return -ESRCH;
  }
  return files_.install(process, fd, std::move(file), (flags & O_CLOEXEC) != 0);
}

std::int64_t RealPosix::pread(host::Process& process, int descriptor, void* into,
                              std::size_t length, std::int64_t offset) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  const int fd = open->fd.get();
  if (length > 0 && read_from_cache(fd, into, length, offset))
    return static_cast<std::int64_t>(length);
  return files_.away([&] { return ::pread(fd, into, length, offset); });
}

std::int64_t RealPosix::pwrite(host::Process& process, int descriptor, const void* from,
                               std::size_t length, std::int64_t offset) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  const int fd = open->fd.get();
  return files_.away([&] { return ::pwrite(fd, from, length, offset); });
}

std::int64_t RealPosix::lseek(host::Process& process, int descriptor, std::int64_t offset,
                              int whence) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) return -EINVAL;
  return told([&] { return ::lseek(open->fd.get(), offset, whence); });
}

int RealPosix::ftruncate(host::Process& process, int descriptor, std::int64_t size) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  const int fd = open->fd.get();
  return static_cast<int>(files_.away([&] { return ::ftruncate(fd, size); }));
}

int RealPosix::fsync(host::Process& process, int descriptor) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  const int fd = open->fd.get();
  return static_cast<int>(files_.away([&] { return ::fsync(fd); }));
}

int RealPosix::rename(host::Process& process, std::string_view from, std::string_view to) {
  if (!process.alive) return -ESRCH;
  const Folder& folder = files_.folder(process);
  int result = 0;
  files_.away([&] { return result = folder.rename(from, to), 0; });
  return result;
}

int RealPosix::unlink(host::Process& process, std::string_view path) {
  if (!process.alive) return -ESRCH;
  const Folder& folder = files_.folder(process);
  int result = 0;
  files_.away([&] { return result = folder.unlink(path), 0; });
  return result;
}

// The number of a file below the descriptors is its descriptor.
int RealPosix::file_handle(host::Process& process, int descriptor) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  return open->file->kind == OpenKind::file ? descriptor : -EINVAL;
}

}  // namespace norn::real
