#include "disk/disk_path.hpp"

#include <algorithm>
#include <cerrno>

namespace norn::sim {

int resolve_path(std::string_view path, std::string& resolved, bool& must_be_directory) {
  resolved.clear();
  must_be_directory = false;
  if (path.empty()) return -ENOENT;
  if (path.size() > kMaxPathBytes) return -ENAMETOOLONG;
  if (path.find('\0') != std::string_view::npos) return -EINVAL;
  const bool ends_in_slash = path.back() == '/';
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    must_be_directory = true;
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      resolved.resize(directory_of(resolved).size());
      continue;
    }
    if (component.size() > kMaxComponentBytes) return -ENAMETOOLONG;
    if (!resolved.empty()) resolved += '/';
    resolved += component;
    must_be_directory = ends_in_slash;
  }
  return 0;
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

}  // namespace norn::sim
