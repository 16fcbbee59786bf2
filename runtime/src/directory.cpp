#include "norn/runtime/directory.hpp"

#include <algorithm>

#include "norn/runtime/file.hpp"

namespace norn {

Result<Directory> Directory::open(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  const Result<std::vector<std::string>> names = list_directory(path);
  if (!names && names.error().code != Errc::not_found) return names.error();
  return Directory(std::string(path));
}

std::string Directory::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "/" + std::string(name);
}

Result<std::vector<std::string>> Directory::list() const {
  return list_directory(path_);
}

bool Directory::contains(std::string_view name) const {
  return file_exists(path_of(name));
}

Result<void> Directory::rename(std::string_view from, std::string_view to) {
  return move(from, *this, to);
}

Result<void> Directory::move(std::string_view from, const Directory& into, std::string_view to) {
  return rename_file(path_of(from), into.path_of(to));
}

Result<void> Directory::remove(std::string_view name) {
  return remove_file(path_of(name));
}

Result<void> Directory::sync() {
  return sync_directory(path_);
}

}  // namespace norn
