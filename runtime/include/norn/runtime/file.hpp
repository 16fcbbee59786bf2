// Files of the node: they outlive a crash as far as they were synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

struct OpenOptions {
  bool write = true;       // false: writing is an error
  bool create = true;      // make the file when it is missing
  bool exclusive = false;  // with create: an existing file is an error (already_exists)
  bool truncate = false;   // forget what the file held
};

// File is an open file of the calling node. Paths are relative to the node's own root ("log",
// "snap/3"); each node sees its own files only. Reads and writes meet POSIX: a write is seen by
// every later read at once, and survives a crash of the node only if sync() returned success after
// it. A new, renamed or removed name survives only if sync_directory() of its directory returned
// success after it. Every call may block the fiber for as long as the disk takes, and throws Killed
// when the node dies. Errors: not_found, already_exists, io_error, no_space, closed.
class File {
 public:
  static Result<File> open(std::string_view path, OpenOptions options = {});

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // read_at() fills `into` from `offset` and returns how many bytes there were: fewer at the end of
  // the file.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into);
  // write_at() writes all of `bytes` at `offset`, growing the file with zeros if need be.
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // append() writes all of `bytes` at the end.
  Result<void> append(std::span<const std::byte> bytes);
  // sync() blocks until all that was written so far to this file would survive a crash.
  Result<void> sync();
  Result<std::uint64_t> size();
  Result<void> truncate(std::uint64_t size);
  void close();

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

// read_file() returns the whole content. write_file() replaces it (not atomic, not synced).
Result<Bytes> read_file(std::string_view path);
Result<void> write_file(std::string_view path, std::span<const std::byte> bytes);

// replace_file() puts `bytes` in the place of `path` so that a crash leaves either the old content
// or the new, whole: writes path + ".new", syncs, renames it over `path`, syncs the directory.
Result<void> replace_file(std::string_view path, std::span<const std::byte> bytes);

// rename_file() replaces `to` if it is there. remove_file() is not_found when it is not.
Result<void> rename_file(std::string_view from, std::string_view to);
Result<void> remove_file(std::string_view path);
// list_directory() returns the names of the files below `path` ("" is the root), sorted.
Result<std::vector<std::string>> list_directory(std::string_view path = "");
// sync_directory() makes creations, renames and removals of names in `path` survive a crash.
Result<void> sync_directory(std::string_view path = "");
bool file_exists(std::string_view path);

}  // namespace norn
