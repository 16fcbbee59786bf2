#include "stack_pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "norn/runtime/assert.hpp"
#include "sanitizer.hpp"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13
#endif

namespace norn::host {

namespace {
constexpr std::size_t kPage = 4096;
}

StackPool::StackPool(StackOptions options)
    : stride_((options.size * sanitizer::kStackFactor + kPage - 1) / kPage * kPage),
      guard_pages_(options.guard_pages) {
  NORN_ASSERT(options.size >= 4 * kPage, "a stack needs at least 16 KiB");
  if (guard_pages_) {
    stride_ += kPage;
    guard_ = kPage;
  }
  // An odd number of pages: with a power of two between them, the hot pages of all stacks would
  // fall into a few sets of the processor's TLB.
  if (stride_ / kPage % 2 == 0) stride_ += kPage;
}

StackPool::~StackPool() {
  for (std::byte* slab : slabs_) munmap(slab, stride_ * kSlabStacks);
}

std::uint32_t StackPool::allocate() {
  ++in_use_;
  if (!free_.empty()) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  if (made_ == slabs_.size() * kSlabStacks) add_slab();
  return made_++;
}

void StackPool::release(std::uint32_t slot) {
  --in_use_;
  sanitizer::forget_stack(bottom(slot), size());
  free_.push_back(slot);
}

void StackPool::add_slab() {
  void* memory = mmap(nullptr, stride_ * kSlabStacks, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  NORN_ASSERT(memory != MAP_FAILED,
              std::string("no address space for stacks: ") + std::strerror(errno));
  madvise(memory, stride_ * kSlabStacks, MADV_NOHUGEPAGE);
  slabs_.push_back(static_cast<std::byte*>(memory));
  if (guard_pages_) protect(slabs_.back());
}

void StackPool::protect(std::byte* slab) {
  // A guard by madvise needs no mapping of its own; where the kernel is older, mprotect splits the
  // slab into two mappings a stack.
  for (std::uint32_t i = 0; i < kSlabStacks; ++i) {
    std::byte* page = slab + i * stride_;
    if (madvise(page, kPage, MADV_GUARD_INSTALL) == 0) continue;
    NORN_ASSERT(mprotect(page, kPage, PROT_NONE) == 0,
                std::string("no guard page for a stack (") + std::strerror(errno) +
                    "): the kernel's limit of mappings (vm.max_map_count) allows about 32,000 "
                    "fibers with guards; "
                    "run without guard pages");
  }
}

}  // namespace norn::host
