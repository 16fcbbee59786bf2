// Disk: the files of one node, with POSIX meaning and the losses of a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "disk/crash_graph.hpp"
#include "disk/disk_trouble.hpp"
#include "disk/inode.hpp"

namespace norn::sim {

struct DiskOptions {
  std::uint64_t capacity_bytes = std::uint64_t{1} << 40;  // of content, in whole blocks of 4 KiB
  std::size_t max_open_files = 1024;                      // Linux' usual limit of a process
};

// What a crash took away.
struct DiskLoss {
  std::uint64_t writes_lost = 0;  // writes and truncations that were not synced
  std::uint64_t bytes_lost = 0;   // what those writes carried
  std::uint64_t names_lost = 0;   // names that came, went or changed their file, undone
  friend bool operator==(const DiskLoss&, const DiskLoss&) = default;
};

// Disk holds the files of one node: plain data, with no knowledge of engine, time or callers. Calls
// return a value >= 0, or minus an errno value.
//
// A file is an inode; names lead to inodes. Content is durable after fsync(), a name after
// fsync_directory() of its directory: a new file whose directory was not synced is gone after a
// crash, whatever was synced into it, and a file renamed or removed has its old name back. A rename
// between two directories is atomic, as in a journaling file system: syncing either syncs both. A
// removed or replaced file lives on while a descriptor is open on it or its old name is durable.
//
// Directories are implied by slashes ("snap/3"): every directory that is not a file exists, is made
// by nobody and never lost. A name can turn from a file to a directory, or back, once its removal
// is durable. Paths begin at the node's own root; empty components, "." and ".." are resolved as in
// POSIX. A path that asks a directory of a file is ENOTDIR, one that ends in a slash or names a
// directory is EISDIR where a file is needed, a component of more than 255 bytes or a path of more
// than 4095 is ENAMETOOLONG, an empty one ENOENT, one with a zero byte EINVAL.
class Disk {
 public:
  explicit Disk(DiskOptions options = {});
  Disk(Disk&&) noexcept;
  Disk& operator=(Disk&&) noexcept;
  ~Disk();

  // open() returns the lowest free descriptor. Flags are those of <fcntl.h>: an access mode with
  // O_CREAT, O_EXCL, O_TRUNC; O_CLOEXEC is ignored, any other is EINVAL, so that nobody takes it
  // for honoured. Errors: ENOENT, EEXIST, EISDIR, ENOTDIR, EMFILE, EINVAL and those of paths.
  int open(std::string_view path, int flags);
  int close(int descriptor);

  // pread() returns how many bytes there were: fewer than `length` only at the end of the file.
  std::int64_t pread(int descriptor, void* into, std::size_t length, std::uint64_t offset) const;
  // pwrite() returns how many bytes it wrote: fewer than `length` when the disk became full, ENOSPC
  // when there was no space for the first. A gap before `offset` reads as zeros and takes no space.
  std::int64_t pwrite(int descriptor, const void* from, std::size_t length, std::uint64_t offset);
  int ftruncate(int descriptor, std::uint64_t size);
  std::int64_t size(int descriptor) const;
  int fsync(int descriptor);
  // unsynced_bytes() is what a sync of this file would have to write.
  std::int64_t unsynced_bytes(int descriptor) const;

  // rename() replaces `to`. Only files can be renamed: a directory is EISDIR.
  int rename(std::string_view from, std::string_view to);
  int unlink(std::string_view path);
  // list() gives the names in a directory ("" is the root) in byte order; those of directories end
  // in a slash.
  int list(std::string_view path, std::vector<std::string>& names) const;
  int fsync_directory(std::string_view path);

  // close_all() closes all descriptors, as the end of a process does.
  void close_all();
  // crash() closes all descriptors and goes back to what is durable, and to as much of the rest as
  // the trouble chooses: nothing without one. What is left is durable.
  DiskLoss crash();

  // set_trouble() is what goes wrong with this disk from now on (nullptr: nothing). It stays where
  // it is when disks are moved: it is the drive's, and not the content's.
  void set_trouble(std::shared_ptr<DiskTrouble> trouble) { trouble_ = std::move(trouble); }
  DiskTrouble* trouble() const { return trouble_.get(); }
  const std::shared_ptr<DiskTrouble>& shared_trouble() const { return trouble_; }
  // limit_space() lets no more than `bytes` of content be used (in whole blocks), and what does not
  // fit fail with `error`. unlimit_space() goes back to the capacity and ENOSPC.
  void limit_space(std::uint64_t bytes, int error);
  void unlimit_space();

  // crash_graph() is what was not synced, in pieces of at most `grain` bytes (512, 4096).
  CrashGraph crash_graph(std::uint32_t grain) const;
  // durable_files() is what a crash leaves that keeps nothing else, by path.
  const std::map<std::string, std::shared_ptr<Inode>, std::less<>>& durable_files() const {
    return durable_names_;
  }
  // path_of() is the path by which an open file was opened ("" if it is not open).
  std::string_view path_of(int descriptor) const;

  std::size_t open_files() const { return open_count_; }
  std::size_t files() const { return names_.size(); }
  std::uint64_t used_bytes() const { return space_->used * Inode::kBlockBytes; }

 private:
  using File = std::shared_ptr<Inode>;
  using Names = std::map<std::string, File, std::less<>>;
  struct OpenFile {
    File file;  // nullptr: the descriptor is free
    int access = 0;
    std::string path{};  // that it was opened by
  };

  DiskLoss lose_all();
  DiskLoss lose_some(std::uint32_t grain);
  void keep(const CrashGraph& graph, const std::vector<bool>& kept);
  int check(DiskCall call, std::string_view path, std::uint64_t offset = 0,
            std::uint64_t length = 0) const {
    return trouble_ == nullptr ? 0 : trouble_->check(call, path, offset, length);
  }
  void changed() const {
    if (trouble_ != nullptr) [[unlikely]]
      trouble_->changed(*this);
  }
  void rot(const OpenFile& open, std::span<std::byte> bytes, std::uint64_t offset) const;
  void divert(const OpenFile& open);
  const OpenFile* find_open(int descriptor) const;
  int lowest_free_descriptor();
  bool is_directory(const std::string& path) const;
  bool leads_through_file(const std::string& path) const;
  int resolve_file(std::string_view path, std::string& resolved) const;
  int resolve_directory(std::string_view path, std::string& resolved) const;
  void name_changed(const std::string& path);
  void make_names_durable(const std::string& directory);
  void make_name_durable(const std::string& path);

  std::unique_ptr<DiskSpace> space_;  // before all inodes, which refer to it
  std::size_t max_open_files_;
  Names names_;
  Names durable_names_;
  std::set<std::string, std::less<>> changed_names_;  // those in which the two above differ
  // Directories that share a rename not yet durable, both ways.
  std::map<std::string, std::set<std::string>> linked_directories_;
  std::vector<OpenFile> descriptors_;
  std::size_t open_count_ = 0;
  PendingNames pending_names_;
  std::uint64_t capacity_blocks_ = 0;
  int full_error_;
  std::shared_ptr<DiskTrouble> trouble_;
};

}  // namespace norn::sim
