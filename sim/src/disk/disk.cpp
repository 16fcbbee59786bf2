#include "disk/disk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "disk/disk_path.hpp"

namespace norn::sim {
namespace {

constexpr std::uint64_t kMaxOffset = std::numeric_limits<std::int64_t>::max();

bool readable(int access) {
  return access != O_WRONLY;
}
bool writable(int access) {
  return access != O_RDONLY;
}

// below() is where the names in a directory begin with ("" for the root).
std::string below(const std::string& directory) {
  return directory.empty() ? std::string{} : directory + '/';
}

}  // namespace

Disk::Disk(DiskOptions options)
    : space_(std::make_unique<DiskSpace>()), max_open_files_(options.max_open_files) {
  space_->blocks = options.capacity_bytes / Inode::kBlockBytes;
}

Disk::Disk(Disk&&) noexcept = default;

Disk& Disk::operator=(Disk&& other) noexcept {
  if (this == &other) return *this;
  // Our inodes go before the space that they refer to.
  close_all();
  names_ = std::move(other.names_);
  durable_names_ = std::move(other.durable_names_);
  changed_names_ = std::move(other.changed_names_);
  linked_directories_ = std::move(other.linked_directories_);
  descriptors_ = std::move(other.descriptors_);
  open_count_ = std::exchange(other.open_count_, 0);
  max_open_files_ = other.max_open_files_;
  space_ = std::move(other.space_);
  return *this;
}

Disk::~Disk() = default;

int Disk::open(std::string_view path, int flags) {
  constexpr int known = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC;
  const int access = flags & O_ACCMODE;
  if ((flags & ~known) != 0 || access == O_ACCMODE) return -EINVAL;
  std::string resolved;
  if (const int error = resolve_file(path, resolved); error != 0) return error;
  auto found = names_.find(resolved);
  if (found == names_.end() && (flags & O_CREAT) == 0) return -ENOENT;
  if (found != names_.end() && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
  const int descriptor = lowest_free_descriptor();
  if (descriptor < 0) return descriptor;
  if (found == names_.end()) {
    found = names_.emplace(resolved, std::make_shared<Inode>(*space_)).first;
    name_changed(resolved);
  } else if ((flags & O_TRUNC) != 0) {
    found->second->truncate(0);
  }
  descriptors_[static_cast<std::size_t>(descriptor)] = {found->second, access};
  ++open_count_;
  return descriptor;
}

int Disk::close(int descriptor) {
  if (find_open(descriptor) == nullptr) return -EBADF;
  descriptors_[static_cast<std::size_t>(descriptor)] = {};
  --open_count_;
  return 0;
}

std::int64_t Disk::pread(int descriptor, void* into, std::size_t length,
                         std::uint64_t offset) const {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr || !readable(open->access)) return -EBADF;
  if (offset > kMaxOffset) return -EINVAL;
  return static_cast<std::int64_t>(open->file->read(static_cast<std::byte*>(into), length, offset));
}

std::int64_t Disk::pwrite(int descriptor, const void* from, std::size_t length,
                          std::uint64_t offset) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr || !writable(open->access)) return -EBADF;
  if (offset > kMaxOffset) return -EINVAL;
  if (length > kMaxOffset - offset) return -EFBIG;
  if (length == 0) return 0;
  const std::size_t written =
      open->file->write(static_cast<const std::byte*>(from), length, offset);
  return written == 0 ? -ENOSPC : static_cast<std::int64_t>(written);
}

int Disk::ftruncate(int descriptor, std::uint64_t size) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr) return -EBADF;
  if (!writable(open->access) || size > kMaxOffset) return -EINVAL;
  open->file->truncate(size);
  return 0;
}

std::int64_t Disk::size(int descriptor) const {
  const OpenFile* open = find_open(descriptor);
  return open == nullptr ? -EBADF : static_cast<std::int64_t>(open->file->size());
}

int Disk::fsync(int descriptor) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr) return -EBADF;
  open->file->sync();
  return 0;
}

std::int64_t Disk::unsynced_bytes(int descriptor) const {
  const OpenFile* open = find_open(descriptor);
  return open == nullptr ? -EBADF : static_cast<std::int64_t>(open->file->unsynced_bytes());
}

int Disk::rename(std::string_view from, std::string_view to) {
  std::string source;
  std::string target;
  if (const int error = resolve_file(from, source); error != 0) return error;
  const auto found = names_.find(source);
  if (found == names_.end()) return -ENOENT;
  if (const int error = resolve_file(to, target); error != 0) return error;
  if (source == target) return 0;
  File file = std::move(found->second);
  names_.erase(found);
  names_.insert_or_assign(target, std::move(file));
  name_changed(source);
  name_changed(target);
  const std::string_view source_directory = directory_of(source);
  const std::string_view target_directory = directory_of(target);
  if (source_directory != target_directory) {
    linked_directories_[std::string(source_directory)].emplace(target_directory);
    linked_directories_[std::string(target_directory)].emplace(source_directory);
  }
  return 0;
}

int Disk::unlink(std::string_view path) {
  std::string resolved;
  if (const int error = resolve_file(path, resolved); error != 0) return error;
  if (names_.erase(resolved) == 0) return -ENOENT;
  name_changed(resolved);
  return 0;
}

int Disk::list(std::string_view path, std::vector<std::string>& names) const {
  std::string directory;
  if (const int error = resolve_directory(path, directory); error != 0) return error;
  names.clear();
  const std::string prefix = below(directory);
  for (auto at = names_.lower_bound(prefix); at != names_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    const std::size_t slash = at->first.find('/', prefix.size());
    // A directory's own name with its slash; all the files below it come in a row.
    std::string name = at->first.substr(
        prefix.size(), slash == std::string::npos ? slash : slash + 1 - prefix.size());
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  return 0;
}

int Disk::fsync_directory(std::string_view path) {
  std::string directory;
  if (const int error = resolve_directory(path, directory); error != 0) return error;
  std::vector<std::string> to_sync{directory};
  while (!to_sync.empty()) {
    const std::string next = std::move(to_sync.back());
    to_sync.pop_back();
    make_names_durable(next);
    if (auto links = linked_directories_.extract(next); !links.empty()) {
      to_sync.insert(to_sync.end(), links.mapped().begin(), links.mapped().end());
    }
  }
  return 0;
}

void Disk::close_all() {
  descriptors_.clear();
  open_count_ = 0;
}

DiskLoss Disk::crash() {
  close_all();
  DiskLoss loss;
  loss.names_lost = changed_names_.size();
  const auto roll_back = [&loss](Inode& inode) {
    loss.writes_lost += inode.unsynced_writes();
    loss.bytes_lost += inode.unsynced_bytes();
    inode.roll_back();
  };
  // Files in both are rolled back once: the second time there is nothing left to count.
  for (const auto& [path, file] : names_) roll_back(*file);
  for (const auto& [path, file] : durable_names_) roll_back(*file);
  for (const std::string& path : changed_names_) {
    if (const auto durable = durable_names_.find(path); durable != durable_names_.end()) {
      names_.insert_or_assign(path, durable->second);
    } else {
      names_.erase(path);
    }
  }
  changed_names_.clear();
  linked_directories_.clear();
  return loss;
}

const Disk::OpenFile* Disk::find_open(int descriptor) const {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= descriptors_.size()) return nullptr;
  const OpenFile& open = descriptors_[static_cast<std::size_t>(descriptor)];
  return open.file == nullptr ? nullptr : &open;
}

int Disk::lowest_free_descriptor() {
  if (open_count_ >= max_open_files_) return -EMFILE;
  const auto free = std::find_if(descriptors_.begin(), descriptors_.end(),
                                 [](const OpenFile& open) { return open.file == nullptr; });
  const auto descriptor = static_cast<int>(free - descriptors_.begin());
  if (free == descriptors_.end()) descriptors_.emplace_back();
  return descriptor;
}

bool Disk::is_directory(const std::string& path) const {
  if (path.empty()) return true;
  const std::string prefix = below(path);
  const auto has_names = [&prefix](const Names& names) {
    const auto first = names.lower_bound(prefix);
    return first != names.end() && first->first.starts_with(prefix);
  };
  return has_names(names_) || has_names(durable_names_);
}

bool Disk::leads_through_file(const std::string& path) const {
  for (std::string_view directory = directory_of(path); !directory.empty();
       directory = directory_of(directory)) {
    if (names_.contains(directory) || durable_names_.contains(directory)) return true;
  }
  return false;
}

// resolve_file() resolves a path that must name a file, there or yet to be made.
int Disk::resolve_file(std::string_view path, std::string& resolved) const {
  bool must_be_directory = false;
  if (const int error = resolve_path(path, resolved, must_be_directory); error != 0) return error;
  if (leads_through_file(resolved)) return -ENOTDIR;
  if (must_be_directory && names_.contains(resolved)) return -ENOTDIR;
  if (must_be_directory || is_directory(resolved)) return -EISDIR;
  return 0;
}

int Disk::resolve_directory(std::string_view path, std::string& resolved) const {
  bool must_be_directory = false;
  if (const int error = resolve_path(path.empty() ? "." : path, resolved, must_be_directory);
      error != 0) {
    return error;
  }
  return names_.contains(resolved) || leads_through_file(resolved) ? -ENOTDIR : 0;
}

// name_changed() notes whether a name differs from what is durable.
void Disk::name_changed(const std::string& path) {
  const auto now = names_.find(path);
  const auto durable = durable_names_.find(path);
  const Inode* now_file = now == names_.end() ? nullptr : now->second.get();
  const Inode* durable_file = durable == durable_names_.end() ? nullptr : durable->second.get();
  if (now_file == durable_file) {
    changed_names_.erase(path);
  } else {
    changed_names_.insert(path);
  }
}

void Disk::make_names_durable(const std::string& directory) {
  const std::string prefix = below(directory);
  auto at = changed_names_.lower_bound(prefix);
  while (at != changed_names_.end() && at->starts_with(prefix)) {
    if (at->find('/', prefix.size()) != std::string::npos) {
      ++at;
      continue;
    }
    make_name_durable(*at);
    at = changed_names_.erase(at);
  }
}

void Disk::make_name_durable(const std::string& path) {
  if (const auto now = names_.find(path); now != names_.end()) {
    durable_names_.insert_or_assign(path, now->second);
  } else {
    durable_names_.erase(path);
  }
}

}  // namespace norn::sim
