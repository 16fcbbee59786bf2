#include "norn/runtime/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "caller.hpp"

namespace norn {

namespace {

Errc code_of(int error) {
  switch (error) {
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::already_exists;
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case EBADF:
      return Errc::closed;
    case ESRCH:
      return Errc::dead;
    case EFBIG:
      return Errc::too_large;
    case EINVAL:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
      return Errc::invalid;
    default:
      return Errc::io_error;
  }
}

Error error_of(std::int64_t result, std::string_view what, std::string_view path = {}) {
  std::string message(what);
  if (!path.empty()) message.append(" '").append(path).append("'");
  const int error = static_cast<int>(-result);
  return {code_of(error), message + ": " + std::strerror(error)};
}

Result<void> done(std::int64_t result, std::string_view what, std::string_view path = {}) {
  if (result < 0) return error_of(result, what, path);
  return {};
}

std::string parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash));
}

}  // namespace

Result<File> File::open(std::string_view path, OpenOptions options) {
  const host::Caller self = host::caller("File::open()");
  int flags = options.write ? O_RDWR : O_RDONLY;
  if (options.create && options.write) flags |= O_CREAT;
  if (options.exclusive) flags |= O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  const int descriptor = self.world.posix().open(self.process, path, flags);
  if (descriptor < 0) return error_of(descriptor, "open", path);
  return File(descriptor);
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

File::~File() {
  close();
}

void File::close() {
  if (descriptor_ < 0) return;
  const int descriptor = std::exchange(descriptor_, -1);
  host::Scheduler* const scheduler = host::Scheduler::current();
  if (scheduler == nullptr || scheduler->running() == nullptr)
    return;  // its node is gone, and its descriptors with it
  host::Process& process = *scheduler->running()->process;
  if (process.alive) scheduler->world().posix().close(process, descriptor);
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::byte> into) {
  const host::Caller self = host::caller("File::read_at()");
  const std::int64_t count = self.world.posix().pread(
      self.process, descriptor_, into.data(), into.size(), static_cast<std::int64_t>(offset));
  if (count < 0) return error_of(count, "read");
  return static_cast<std::size_t>(count);
}

Result<void> File::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  const host::Caller self = host::caller("File::write_at()");
  while (!bytes.empty()) {
    const std::int64_t count = self.world.posix().pwrite(
        self.process, descriptor_, bytes.data(), bytes.size(), static_cast<std::int64_t>(offset));
    if (count < 0) return error_of(count, "write");
    if (count == 0) return Error{Errc::io_error, "write: nothing was written"};
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> File::append(std::span<const std::byte> bytes) {
  const Result<std::uint64_t> end = size();
  if (!end) return end.error();
  return write_at(*end, bytes);
}

Result<void> File::sync() {
  const host::Caller self = host::caller("File::sync()");
  return done(self.world.posix().fsync(self.process, descriptor_), "fsync");
}

Result<std::uint64_t> File::size() {
  const host::Caller self = host::caller("File::size()");
  struct stat status{};
  const int result = self.world.posix().fstat(self.process, descriptor_, &status);
  if (result < 0) return error_of(result, "size");
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> File::truncate(std::uint64_t size) {
  const host::Caller self = host::caller("File::truncate()");
  return done(
      self.world.posix().ftruncate(self.process, descriptor_, static_cast<std::int64_t>(size)),
      "truncate");
}

Result<Bytes> read_file(std::string_view path) {
  Result<File> file = File::open(path, {.write = false, .create = false});
  if (!file) return file.error();
  const Result<std::uint64_t> size = file->size();
  if (!size) return size.error();
  Bytes content(*size);
  std::size_t have = 0;
  while (have < content.size()) {
    const Result<std::size_t> count = file->read_at(have, std::span(content).subspan(have));
    if (!count) return count.error();
    if (*count == 0) break;
    have += *count;
  }
  content.resize(have);
  return content;
}

Result<void> write_file(std::string_view path, std::span<const std::byte> bytes) {
  Result<File> file = File::open(path, {.truncate = true});
  if (!file) return file.error();
  return file->write_at(0, bytes);
}

Result<void> replace_file(std::string_view path, std::span<const std::byte> bytes) {
  const std::string beside = std::string(path) + ".new";
  {
    Result<File> file = File::open(beside, {.truncate = true});
    if (!file) return file.error();
    if (Result<void> written = file->write_at(0, bytes); !written) return written;
    if (Result<void> synced = file->sync(); !synced) return synced;
  }
  if (Result<void> renamed = rename_file(beside, path); !renamed) return renamed;
  return sync_directory(parent_of(path));
}

Result<void> rename_file(std::string_view from, std::string_view to) {
  const host::Caller self = host::caller("rename_file()");
  return done(self.world.posix().rename(self.process, from, to), "rename", from);
}

Result<void> remove_file(std::string_view path) {
  const host::Caller self = host::caller("remove_file()");
  return done(self.world.posix().unlink(self.process, path), "remove", path);
}

Result<std::vector<std::string>> list_directory(std::string_view path) {
  const host::Caller self = host::caller("list_directory()");
  std::vector<std::string> names;
  const int result = self.world.file_list(self.process, path, names);
  if (result < 0) return error_of(result, "list", path);
  return names;
}

Result<void> sync_directory(std::string_view path) {
  const host::Caller self = host::caller("sync_directory()");
  return done(self.world.file_sync_directory(self.process, path), "fsync of directory", path);
}

bool file_exists(std::string_view path) {
  return File::open(path, {.write = false, .create = false}).ok();
}

}  // namespace norn
