#include "norn/runtime/host/huge_pages.hpp"

#include <sys/mman.h>

#include <new>

namespace norn::host {

namespace {

constexpr std::size_t kFrom = std::size_t{1} << 18U;  // about where a cluster outgrows the TLB
constexpr std::size_t kHugePage = std::size_t{1} << 21U;
constexpr std::size_t kCacheLine = 64;

std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{bytes < kFrom ? kCacheLine : kHugePage};
}

}  // namespace

void* allocate_table(std::size_t bytes) {
  if (bytes < kFrom) return ::operator new(bytes, alignment(bytes));
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* const memory = ::operator new(whole, alignment(bytes));
  madvise(memory, whole, MADV_HUGEPAGE);  // only a wish: without it the run is slower
  return memory;
}

void release_table(void* memory, std::size_t bytes) {
  ::operator delete(memory, alignment(bytes));
}

}  // namespace norn::host
