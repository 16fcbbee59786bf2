// Calls on files.
#include <fcntl.h>

#include <cerrno>
#include <string>
#include <vector>

#include "kernel/file_description.hpp"
#include "kernel/posix_kernel.hpp"

namespace norn::sim {

namespace {
constexpr int kKept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC;
constexpr int kOfTheDisk = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC;
}  // namespace

int PosixKernel::open(host::Process& process, std::string_view path, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~(kKept | kOfTheDisk | O_CLOEXEC | O_DIRECTORY)) != 0) return -EINVAL;
  if (!table(process).has_room(1)) return -EMFILE;
  if ((flags & O_DIRECTORY) != 0) {
    if ((flags & O_CREAT) != 0) return -EINVAL;
    return open_directory(process, path, flags);
  }
  if (names(process).contains(path)) return -ENXIO;
  const int handle = world_.file_open(process, path, flags & kOfTheDisk);
  if (handle == -EISDIR && (flags & (O_ACCMODE | O_CREAT)) == O_RDONLY)
    return open_directory(process, path, flags);
  if (handle < 0) return handle;
  return install(process, std::make_shared<FileDescription>(world_, handle, flags & kKept),
                 (flags & O_CLOEXEC) != 0);
}

int PosixKernel::open_directory(host::Process& process, std::string_view path, int flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) return -EISDIR;
  std::vector<std::string> names;
  if (const int error = world_.file_list(process, path, names); error < 0) return error;
  return install(process,
                 std::make_shared<DirectoryDescription>(world_, std::string(path), flags & kKept),
                 (flags & O_CLOEXEC) != 0);
}

std::int64_t PosixKernel::pread(host::Process& process, int descriptor, void* into,
                                std::size_t length, std::int64_t offset) {
  if (!process.alive) return -ESRCH;
  if (offset < 0) return -EINVAL;
  int error = 0;
  const auto file = table(process).as<FileDescription>(descriptor, -ESPIPE, error);
  if (file == nullptr) return error;
  return file->read_at(process, {static_cast<std::byte*>(into), length},
                       static_cast<std::uint64_t>(offset));
}

std::int64_t PosixKernel::pwrite(host::Process& process, int descriptor, const void* from,
                                 std::size_t length, std::int64_t offset) {
  if (!process.alive) return -ESRCH;
  if (offset < 0) return -EINVAL;
  int error = 0;
  const auto file = table(process).as<FileDescription>(descriptor, -ESPIPE, error);
  if (file == nullptr) return error;
  return file->write_at(process, {static_cast<const std::byte*>(from), length},
                        static_cast<std::uint64_t>(offset));
}

std::int64_t PosixKernel::lseek(host::Process& process, int descriptor, std::int64_t offset,
                                int whence) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const auto file = table(process).as<FileDescription>(descriptor, -ESPIPE, error);
  return file == nullptr ? error : file->seek(process, offset, whence);
}

int PosixKernel::ftruncate(host::Process& process, int descriptor, std::int64_t size) {
  if (!process.alive) return -ESRCH;
  if (size < 0) return -EINVAL;
  int error = 0;
  const auto file = table(process).as<FileDescription>(descriptor, -EINVAL, error);
  return file == nullptr ? error : file->truncate(process, static_cast<std::uint64_t>(size));
}

int PosixKernel::fsync(host::Process& process, int descriptor) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto directory = table(process).as<DirectoryDescription>(descriptor, 0, error))
    return directory->sync(process);
  const auto file = table(process).as<FileDescription>(descriptor, -EINVAL, error);
  return file == nullptr ? error : file->sync(process);
}

int PosixKernel::rename(host::Process& process, std::string_view from, std::string_view to) {
  return world_.file_rename(process, from, to);
}

int PosixKernel::unlink(host::Process& process, std::string_view path) {
  if (!process.alive) return -ESRCH;
  if (names(process).remove(path)) return 0;
  return world_.file_remove(process, path);
}

int PosixKernel::file_handle(host::Process& process, int descriptor) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const auto file = table(process).as<FileDescription>(descriptor, -EINVAL, error);
  return file == nullptr ? error : file->handle();
}

}  // namespace norn::sim
