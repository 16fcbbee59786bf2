// Folder: the files of a node, below one folder of the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/unique_fd.hpp"

namespace norn::real {

// Paths mean what they mean in a simulation: they begin at the folder, empty components, "." and
// ".." are resolved by their text (so that no ".." leads out of it), and the directories that the
// path of a new file names are made with it, durably. Symbolic links are not followed (ELOOP,
// ENOTDIR): they could lead out. Calls return a value >= 0 or minus an errno value, and may wait
// for the disk.
class Folder {
 public:
  // open_root() makes the folder if it is missing.
  int open_root(const std::string& path);
  bool is_open() const { return static_cast<bool>(root_); }

  // open() returns a descriptor of the machine.
  int open(std::string_view path, int flags) const;
  int rename(std::string_view from, std::string_view to) const;
  int unlink(std::string_view path) const;
  // list() gives the names in a directory in byte order; those of directories end in a slash. A
  // directory that was never made is empty.
  int list(std::string_view path, std::vector<std::string>& names) const;
  int sync(std::string_view path) const;

  // A path taken apart: the open directory that holds its last component.
  struct Place {
    UniqueFd directory;
    std::string name;  // empty: the folder itself
    bool must_be_directory = false;
  };
  // find() leads to a place; with `make`, missing directories on the way are made.
  int find(std::string_view path, bool make, Place& place) const;

 private:
  int open_directory(std::string_view path, UniqueFd& directory) const;

  UniqueFd root_;
};

}  // namespace norn::real
