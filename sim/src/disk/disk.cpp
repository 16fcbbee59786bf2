#include "disk/disk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "disk/disk_path.hpp"

namespace norn::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
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
    : space_(std::make_unique<DiskSpace>()),
      max_open_files_(options.max_open_files),
      capacity_blocks_(options.capacity_bytes / Inode::kBlockBytes),
      full_error_(ENOSPC) {
  space_->blocks = capacity_blocks_;
}

Disk::Disk(Disk&& other) noexcept : Disk(DiskOptions{}) {
  *this = std::move(other);
}

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
  pending_names_ = std::exchange(other.pending_names_, {});
  capacity_blocks_ = other.capacity_blocks_;
  full_error_ = other.full_error_;
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
  const bool is_new = found == names_.end();
  if (is_new || writable(access) || (flags & O_TRUNC) != 0) {
    if (const int error = check(DiskCall::open_to_change, resolved); error != 0) return error;
  }
  const int descriptor = lowest_free_descriptor();
  if (descriptor < 0) return descriptor;
  if (is_new) {
    found = names_.emplace(resolved, std::make_shared<Inode>(*space_)).first;
    name_changed(resolved);
    pending_names_.add({{resolved, found->second}});
  } else if ((flags & O_TRUNC) != 0) {
    found->second->truncate(0);
  }
  descriptors_[static_cast<std::size_t>(descriptor)] = {found->second, access, std::move(resolved)};
  ++open_count_;
  if (is_new || (flags & O_TRUNC) != 0) changed();
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
  auto* const bytes = static_cast<std::byte*>(into);
  if (trouble_ == nullptr) [[likely]]
    return static_cast<std::int64_t>(open->file->read(bytes, length, offset));
  if (const int error = check(DiskCall::read, open->path, offset, length); error != 0) return error;
  const std::size_t count = open->file->read(bytes, length, offset);
  if (trouble_->rots(open->path)) rot(*open, {bytes, count}, offset);
  return static_cast<std::int64_t>(count);
}

// rot() shows what was read as the trouble has it, sector by sector. What waits to be written is in
// memory, where nothing rots.
void Disk::rot(const OpenFile& open, std::span<std::byte> bytes, std::uint64_t offset) const {
  std::array<std::byte, kSectorBytes> sector{};
  const std::uint64_t end = offset + bytes.size();
  for (std::uint64_t at = offset - offset % kSectorBytes; at < end; at += kSectorBytes) {
    if (open.file->is_unsynced(at, kSectorBytes)) continue;
    const std::size_t size = open.file->read(sector.data(), sector.size(), at);
    if (!trouble_->rot(open.path, at / kSectorBytes, std::span(sector).first(size))) continue;
    const std::uint64_t first = std::max(at, offset);
    const std::uint64_t last = std::min(at + size, end);
    if (first >= last) continue;
    std::memcpy(bytes.data() + (first - offset), sector.data() + (first - at), last - first);
  }
}

std::int64_t Disk::pwrite(int descriptor, const void* from, std::size_t length,
                          std::uint64_t offset) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr || !writable(open->access)) return -EBADF;
  if (offset > kMaxOffset) return -EINVAL;
  if (length > kMaxOffset - offset) return -EFBIG;
  if (length == 0) return 0;
  if (const int error = check(DiskCall::write, open->path, offset, length); error != 0)
    return error;
  const std::size_t written =
      open->file->write(static_cast<const std::byte*>(from), length, offset);
  if (written < length && trouble_ != nullptr) trouble_->full();
  changed();
  return written == 0 ? -full_error_ : static_cast<std::int64_t>(written);
}

int Disk::ftruncate(int descriptor, std::uint64_t size) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr) return -EBADF;
  if (!writable(open->access) || size > kMaxOffset) return -EINVAL;
  if (const int error = check(DiskCall::truncate, open->path); error != 0) return error;
  open->file->truncate(size);
  changed();
  return 0;
}

std::int64_t Disk::size(int descriptor) const {
  const OpenFile* open = find_open(descriptor);
  return open == nullptr ? -EBADF : static_cast<std::int64_t>(open->file->size());
}

int Disk::fsync(int descriptor) {
  const OpenFile* open = find_open(descriptor);
  if (open == nullptr) return -EBADF;
  if (trouble_ == nullptr) [[likely]] {
    open->file->sync();
    return 0;
  }
  const int error = check(DiskCall::sync, open->path, 0, open->file->unsynced_bytes());
  if (error == -EIO) open->file->fail_sync();
  if (error != 0) return error;
  if (trouble_->diverts(open->path)) {
    divert(*open);
  } else {
    open->file->sync();
  }
  changed();
  return 0;
}

// divert() syncs, with writes that never reach the medium, or another place of it.
void Disk::divert(const OpenFile& open) {
  std::vector<Inode::Write> writes = open.file->unsynced_writes_in_order();
  bool all_written = true;
  for (Inode::Write& write : writes) {
    if (write.is_size) continue;
    const WriteFate fate =
        trouble_->fate(open.path, write.offset, write.bytes.size(), open.file->size());
    if (fate.kind == WriteFate::Kind::written) continue;
    all_written = false;
    if (fate.kind == WriteFate::Kind::lost) {
      write.bytes.clear();
    } else {
      write.offset = fate.offset;
    }
  }
  if (all_written) return open.file->sync();
  open.file->sync_as(writes);
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
  if (const int error = check(DiskCall::rename, target); error != 0) return error;
  pending_names_.add({{source, nullptr}, {target, found->second}});
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
  changed();
  return 0;
}

int Disk::unlink(std::string_view path) {
  std::string resolved;
  if (const int error = resolve_file(path, resolved); error != 0) return error;
  const auto found = names_.find(resolved);
  if (found == names_.end()) return -ENOENT;
  if (const int error = check(DiskCall::remove, resolved); error != 0) return error;
  names_.erase(found);
  name_changed(resolved);
  pending_names_.add({{resolved, nullptr}});
  changed();
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
  const std::uint64_t unsynced = pending_names_.empty() ? 0 : 1;
  if (const int error = check(DiskCall::sync_directory, directory, 0, unsynced); error != 0)
    return error;
  std::vector<std::string> to_sync{directory};
  while (!to_sync.empty()) {
    const std::string next = std::move(to_sync.back());
    to_sync.pop_back();
    make_names_durable(next);
    pending_names_.forget([&next](const std::string& name) { return directory_of(name) == next; });
    if (auto links = linked_directories_.extract(next); !links.empty()) {
      to_sync.insert(to_sync.end(), links.mapped().begin(), links.mapped().end());
    }
  }
  changed();
  return 0;
}

void Disk::close_all() {
  descriptors_.clear();
  open_count_ = 0;
}

DiskLoss Disk::crash() {
  close_all();
  const std::uint32_t grain = trouble_ == nullptr ? 0 : trouble_->crash_grain();
  return grain == 0 ? lose_all() : lose_some(grain);
}

DiskLoss Disk::lose_all() {
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
  pending_names_.clear();
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
