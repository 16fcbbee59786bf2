#include <cerrno>

#include "disk/disk_path.hpp"
#include "kernel/local_socket.hpp"

namespace norn::sim {

int LocalNames::key_of(std::string_view name, std::string& key) {
  if (name.empty()) return -EINVAL;
  if (name.front() == '\0') {
    key = name;
    return 0;
  }
  bool is_directory = false;
  const int error = resolve_path(name, key, is_directory);
  return error == 0 && (is_directory || key.empty()) ? -EADDRINUSE : error;
}

int LocalNames::add(std::string_view name, const std::shared_ptr<LocalSocket>& socket) {
  std::string key;
  if (const int error = key_of(name, key); error != 0) return error;
  const auto found = names_.find(key);
  const bool abstract = key.front() == '\0';
  if (found != names_.end() && (!abstract || !found->second.expired())) return -EADDRINUSE;
  names_[key] = socket;
  return 0;
}

std::shared_ptr<LocalSocket> LocalNames::find(std::string_view name, int& error) const {
  std::string key;
  error = key_of(name, key);
  if (error != 0) return nullptr;
  const auto found = names_.find(key);
  const bool abstract = key.front() == '\0';
  error = -ECONNREFUSED;
  if (found == names_.end()) {
    if (!abstract) error = -ENOENT;
    return nullptr;
  }
  std::shared_ptr<LocalSocket> socket = found->second.lock();
  if (socket != nullptr && !socket->is_open()) socket = nullptr;
  if (socket != nullptr) error = 0;
  return socket;
}

bool LocalNames::contains(std::string_view name) const {
  std::string key;
  return key_of(name, key) == 0 && names_.contains(key);
}

bool LocalNames::remove(std::string_view name) {
  std::string key;
  return key_of(name, key) == 0 && names_.erase(key) > 0;
}

}  // namespace norn::sim
