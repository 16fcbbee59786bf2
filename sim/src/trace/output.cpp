#include "trace/output.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace norn::trace {

namespace {

bool exists(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

Error system_error(const std::string& path, const char* doing, int error) {
  const Errc code = error == ENOSPC || error == EDQUOT ? Errc::no_space : Errc::io_error;
  return {code, path + ": " + doing + ": " + std::strerror(error)};
}

Error refuses_to_overwrite(const std::string& path) {
  return {Errc::already_exists,
          path + ": exists already; choose another name or ask to overwrite it"};
}

}  // namespace

Output::Output(const RecorderOptions& options)
    : mode_(options.mode),
      path_(options.path),
      partial_path_(options.path + ".partial"),
      overwrite_(options.overwrite) {}

Output::~Output() {
  if (file_ >= 0) ::close(file_);
}

Result<void> Output::open() {
  if (mode_ != Mode::file) return {};
  if (path_.empty()) return {Errc::invalid, "a trace to a file needs a path"};
  if (!overwrite_ && exists(path_)) return refuses_to_overwrite(path_);
  if (auto removed = remove_old_partial(); !removed.ok()) return removed;
  file_ = ::open(partial_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) return system_error(partial_path_, "cannot be created", errno);
  ::flock(file_, LOCK_EX | LOCK_NB);
  return {};
}

// What an interrupted recording left is worth as much as a trace: it goes only when asked.
Result<void> Output::remove_old_partial() {
  const int old = ::open(partial_path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (old < 0) return {};
  const bool in_use = ::flock(old, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(old);
  if (in_use) return {Errc::already_exists, partial_path_ + ": another process is recording to it"};
  if (!overwrite_) {
    return {
        Errc::already_exists,
        partial_path_ + ": an interrupted recording is there; remove it or ask to overwrite it"};
  }
  ::unlink(partial_path_.c_str());
  return {};
}

void Output::fail(int error, const char* doing) {
  if (state_.ok()) state_ = system_error(partial_path_, doing, error);
}

void Output::write_all(std::span<const std::byte> bytes, std::uint64_t at) {
  while (!bytes.empty() && state_.ok()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(written < 0 ? errno : EIO, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
}

void Output::append(std::initializer_list<std::span<const std::byte>> pieces) {
  if (!keeps()) return;
  for (const auto piece : pieces) {
    if (mode_ == Mode::memory) {
      memory_.insert(memory_.end(), piece.begin(), piece.end());
    } else {
      write_all(piece, offset_);
    }
    offset_ += piece.size();
  }
}

Result<void> Output::finish(std::span<const std::byte> new_beginning) {
  if (mode_ == Mode::memory) std::copy(new_beginning.begin(), new_beginning.end(), memory_.begin());
  if (mode_ != Mode::file) return {};
  write_all(new_beginning, 0);
  // A network file system reports some failures at close() only. The descriptor itself stays open
  // until the file is in its place, because it holds the lock.
  if (::close(::dup(file_)) != 0) fail(errno, "cannot be written");
  if (!state_.ok()) return state_;
  return move_into_place();
}

Result<void> Output::move_into_place() {
  if (overwrite_) {
    if (std::rename(partial_path_.c_str(), path_.c_str()) == 0) return {};
    return system_error(path_, "cannot be put in place", errno);
  }
  // link() refuses an existing name, which rename() would replace. Some file systems know no links.
  if (::link(partial_path_.c_str(), path_.c_str()) == 0) {
    ::unlink(partial_path_.c_str());
    return {};
  }
  if (errno == EEXIST || exists(path_)) return refuses_to_overwrite(path_);
  if (std::rename(partial_path_.c_str(), path_.c_str()) == 0) return {};
  return system_error(path_, "cannot be put in place", errno);
}

}  // namespace norn::trace
