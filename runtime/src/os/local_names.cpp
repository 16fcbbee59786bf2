#include "os/local_names.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace norn::real {

namespace {

constexpr std::size_t kBeforePath = offsetof(sockaddr_un, sun_path);

// The path of a local name; empty if it has none.
std::string path_of(const sockaddr* name, socklen_t length) {
  if (name->sa_family != AF_UNIX || length <= kBeforePath) return {};
  std::string path(reinterpret_cast<const char*>(name) + kBeforePath, length - kBeforePath);
  path.resize(std::min(path.size(), path.find('\0')));
  return path;
}

}  // namespace

int LocalNames::translate(const Folder& folder, const sockaddr* name, socklen_t length, bool make,
                          MachineName& out) {
  if (name == nullptr) return -EFAULT;
  if (length > sizeof(out.name)) return -EINVAL;
  std::memcpy(&out.name, name, length);
  out.length = length;
  if (length < sizeof(sa_family_t) || name->sa_family != AF_UNIX) return 0;
  if (length > sizeof(sockaddr_un)) return -EINVAL;
  out.own_path = path_of(name, length);
  if (out.own_path.empty()) return 0;
  Folder::Place place;
  if (const int error = folder.find(out.own_path, make, place); error != 0) return error;
  if (place.name.empty() || place.must_be_directory) return make ? -EADDRINUSE : -ECONNREFUSED;
  struct stat status{};
  if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(status.st_mode))
    return -ELOOP;
  out.path = "/proc/self/fd/" + std::to_string(place.directory.get()) + "/" + place.name;
  sockaddr_un local{};
  if (out.path.size() >= sizeof(local.sun_path)) return -ENAMETOOLONG;
  local.sun_family = AF_UNIX;
  std::copy(out.path.begin(), out.path.end(), local.sun_path);
  out.folder = std::move(place.directory);
  out.length = static_cast<socklen_t>(kBeforePath + out.path.size() + 1);
  std::memcpy(&out.name, &local, sizeof(local));
  return 0;
}

void LocalNames::bound(const MachineName& name) {
  constexpr std::size_t kMost = 4096;
  if (name.path.empty()) return;
  if (own_paths_.insert_or_assign(name.path, name.own_path).second) in_order_.push_back(name.path);
  if (in_order_.size() <= kMost) return;
  own_paths_.erase(in_order_.front());
  in_order_.pop_front();
}

void LocalNames::tell(const sockaddr_storage& name, socklen_t length, sockaddr* into,
                      socklen_t* into_length) const {
  if (into == nullptr || into_length == nullptr) return;
  sockaddr_storage told = name;
  const std::string path = path_of(reinterpret_cast<const sockaddr*>(&name), length);
  if (const auto found = own_paths_.find(path); !path.empty() && found != own_paths_.end()) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    const std::size_t size = std::min(found->second.size(), sizeof(local.sun_path) - 1);
    std::copy_n(found->second.begin(), size, local.sun_path);
    std::memcpy(&told, &local, sizeof(local));
    length = static_cast<socklen_t>(kBeforePath + size + 1);
  }
  std::memcpy(into, &told, std::min(length, *into_length));
  *into_length = length;
}

}  // namespace norn::real
