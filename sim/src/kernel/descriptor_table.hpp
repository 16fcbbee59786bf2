// DescriptorTable: the descriptors of one process.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "kernel/description.hpp"

namespace norn::sim {

// One space of numbers for everything that can be open. The standard streams (0 to 2) are closed
// and never chosen, but dup_to() may put something there.
class DescriptorTable {
 public:
  static constexpr int kFirst = 3;
  static constexpr int kLimit = 1024;  // Linux' usual limit of a process

  struct Entry {
    std::shared_ptr<Description> description;  // null: free
    bool close_on_exec = false;                // FD_CLOEXEC
  };

  // install() gives the lowest free descriptor that is at least `least`, or -EMFILE.
  int install(std::shared_ptr<Description> description, bool close_on_exec = false,
              int least = kFirst);
  // replace() puts a description in the place of `descriptor` and returns what was there. The
  // number must be below kLimit.
  std::shared_ptr<Description> replace(int descriptor, std::shared_ptr<Description> description,
                                       bool close_on_exec);
  // has_room(): install() would find a place for `count` more.
  bool has_room(int count) const;

  Entry* find(int descriptor);
  std::shared_ptr<Description> description(int descriptor) const;
  // as() is the description if it is a T; `error` says why not, -EBADF or `otherwise`.
  template <class T>
  std::shared_ptr<T> as(int descriptor, int otherwise, int& error) const {
    const std::shared_ptr<Description> found = description(descriptor);
    std::shared_ptr<T> typed = std::dynamic_pointer_cast<T>(found);
    error = found == nullptr ? -EBADF : typed == nullptr ? otherwise : 0;
    return typed;
  }
  // remove() frees a descriptor and returns what it led to; null: it was free.
  std::shared_ptr<Description> remove(int descriptor);
  std::vector<int> descriptors() const;

 private:
  std::vector<Entry> entries_;  // by descriptor
};

}  // namespace norn::sim
