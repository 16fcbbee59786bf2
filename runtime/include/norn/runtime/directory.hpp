// Directory: the names of files below one path of the node.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn {

// Directory stands for a path of the calling node's root; names given to it are relative to that
// path. Directories come into being with the first file in them and are never lost: there is
// nothing to create. A name that was made, renamed or removed survives a crash of the node only if
// sync() of its directory returned success after it. Errors: not_found, already_exists, io_error,
// invalid, dead.
class Directory {
 public:
  // open() is for a directory ("" is the root) that may have no files yet. Errors: invalid (the
  // path leads through a file, or is none).
  static Result<Directory> open(std::string_view path = "");

  const std::string& path() const { return path_; }
  // path_of() is the path of a name in it, for File::open().
  std::string path_of(std::string_view name) const;

  // list() returns the names, sorted; those of directories end in a slash.
  Result<std::vector<std::string>> list() const;
  bool contains(std::string_view name) const;
  // rename() gives a file another name in this directory, replacing what had it: at each moment the
  // new name leads to the old file or to the new one, whole.
  Result<void> rename(std::string_view from, std::string_view to);
  // move() is rename() into another directory.
  Result<void> move(std::string_view from, const Directory& into, std::string_view to);
  Result<void> remove(std::string_view name);
  // sync() blocks until all names made, renamed and removed so far would survive a crash.
  Result<void> sync();

 private:
  explicit Directory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace norn
