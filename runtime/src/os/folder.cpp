#include "os/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace norn::real {

namespace {

// As Linux has them (PATH_MAX without its zero, NAME_MAX).
constexpr std::size_t kMaxPathBytes = 4095;
constexpr std::size_t kMaxComponentBytes = 255;
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kFileMode = 0666;
constexpr mode_t kDirectoryMode = 0777;

int take_apart(std::string_view path, std::vector<std::string>& components,
               bool& must_be_directory) {
  if (path.size() > kMaxPathBytes) return -ENAMETOOLONG;
  if (path.find('\0') != std::string_view::npos) return -EINVAL;
  must_be_directory = path.ends_with('/');
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    const bool is_last = path.empty();
    if (component == "..") {
      if (!components.empty()) components.pop_back();
    } else if (component.size() > kMaxComponentBytes) {
      return -ENAMETOOLONG;
    } else if (!component.empty() && component != ".") {
      components.emplace_back(component);
      continue;
    }
    if (is_last) must_be_directory = true;
  }
  return 0;
}

int open_at(int directory, const std::string& name, int flags) {
  return told_int([&] { return ::openat(directory, name.c_str(), flags, kFileMode); });
}

// Makes a directory that outlives a crash.
int make_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) return -errno;
  return told_int([&] { return ::fsync(parent); });
}

bool is_directory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status{};
  return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

}  // namespace

int Folder::open_root(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  const int fd = told_int([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return problem ? -problem.value() : fd;
  root_.reset(fd);
  return 0;
}

int Folder::find(std::string_view path, bool make, Place& place) const {
  std::vector<std::string> components;
  if (const int error = take_apart(path, components, place.must_be_directory); error != 0)
    return error;
  int fd = told_int([&] { return ::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0); });
  if (fd < 0) return fd;
  place.directory.reset(fd);
  place.name.clear();
  if (components.empty()) return 0;
  place.name = std::move(components.back());
  components.pop_back();
  for (const std::string& component : components) {
    fd = open_at(place.directory.get(), component, kDirectory);
    if (fd == -ENOENT && make) {
      if (const int error = make_directory(place.directory.get(), component); error < 0)
        return error;
      fd = open_at(place.directory.get(), component, kDirectory);
    }
    if (fd < 0) return fd;
    place.directory.reset(fd);
  }
  return 0;
}

int Folder::open_directory(std::string_view path, UniqueFd& directory) const {
  Place place;
  if (const int error = find(path, false, place); error != 0) return error;
  // Opened anew: a duplicate of the root would share its place in the list of names.
  const int fd = open_at(place.directory.get(), place.name.empty() ? "." : place.name, kDirectory);
  if (fd < 0) return fd;
  directory.reset(fd);
  return 0;
}

int Folder::open(std::string_view path, int flags) const {
  if (path.empty()) return -ENOENT;
  const bool creates = (flags & O_CREAT) != 0;
  Place place;
  if (const int error = find(path, creates, place); error != 0) return error;
  if (place.name.empty()) {
    if (creates || (flags & O_ACCMODE) != O_RDONLY) return -EISDIR;
    return open_at(place.directory.get(), ".", flags | O_CLOEXEC);
  }
  if (place.must_be_directory) {
    if (creates) return -EISDIR;
    flags |= O_DIRECTORY;
  }
  return open_at(place.directory.get(), place.name, flags | O_NOFOLLOW | O_CLOEXEC);
}

int Folder::rename(std::string_view from, std::string_view to) const {
  if (from.empty() || to.empty()) return -ENOENT;
  Place source;
  Place target;
  if (const int error = find(from, false, source); error != 0) return error;
  if (source.name.empty()) return -EISDIR;
  struct stat status{};
  if (::fstatat(source.directory.get(), source.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return -errno;
  if (S_ISDIR(status.st_mode)) return -EISDIR;
  if (source.must_be_directory) return -ENOTDIR;
  if (const int error = find(to, true, target); error != 0) return error;
  if (target.name.empty() || target.must_be_directory) return -EISDIR;
  if (::fstatat(target.directory.get(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR(status.st_mode))
    return -EISDIR;
  return told_int([&] {
    return ::renameat(source.directory.get(), source.name.c_str(), target.directory.get(),
                      target.name.c_str());
  });
}

int Folder::unlink(std::string_view path) const {
  if (path.empty()) return -ENOENT;
  Place place;
  if (const int error = find(path, false, place); error != 0) return error;
  if (place.name.empty() || place.must_be_directory) return -EISDIR;
  return told_int([&] { return ::unlinkat(place.directory.get(), place.name.c_str(), 0); });
}

int Folder::list(std::string_view path, std::vector<std::string>& names) const {
  names.clear();
  UniqueFd directory;
  const int error = open_directory(path, directory);
  if (error == -ENOENT) return 0;
  if (error != 0) return error;
  const int fd = directory.get();
  const auto close = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(::fdopendir(fd), close);
  if (stream == nullptr) return -errno;
  static_cast<void>(directory.release());
  errno = 0;
  while (const dirent* const entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") {
      if (is_directory(fd, *entry)) name += '/';
      names.push_back(std::move(name));
    }
    errno = 0;
  }
  if (errno != 0) return -errno;
  std::sort(names.begin(), names.end());
  return 0;
}

int Folder::sync(std::string_view path) const {
  UniqueFd directory;
  const int error = open_directory(path, directory);
  if (error == -ENOENT) return 0;  // nothing was made there
  if (error != 0) return error;
  return told_int([&] { return ::fsync(directory.get()); });
}

}  // namespace norn::real
