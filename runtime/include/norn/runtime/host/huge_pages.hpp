// Memory in huge pages, for tables that are touched at random.
#pragma once

#include <cstddef>

namespace norn::host {

// allocate_table() gives `bytes` at a multiple of 64; from 256 KiB on it asks the kernel for huge
// pages. release_table() takes them back, told the same size.
void* allocate_table(std::size_t bytes);
void release_table(void* memory, std::size_t bytes);

// HugePages<T> is an allocator for std::vector. With ten thousand nodes a page of 4 KiB is no
// longer in the processor's TLB when it is touched again, and walking the page tables costs more
// than fetching the memory itself.
template <class T>
struct HugePages {
  using value_type = T;
  static_assert(alignof(T) <= 64);

  HugePages() = default;
  template <class U>
  HugePages(const HugePages<U>&) {}

  // NOLINTBEGIN(bugprone-sizeof-expression): a T may well be a pointer
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_table(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) { release_table(memory, count * sizeof(T)); }
  // NOLINTEND(bugprone-sizeof-expression)
  friend bool operator==(const HugePages&, const HugePages&) { return true; }
};

}  // namespace norn::host
