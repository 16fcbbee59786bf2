// StackPool: stacks for fibers, out of large slabs of address space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

// A slab is one mapping of kSlabStacks stacks, reserved and not committed: only touched pages cost
// memory. Freed stacks are used again, the last freed first. Without guard pages an overflow is
// found by the canary, a cache line at the far end of the stack that nobody ever writes: it is zero
// as the kernel made it, and looking at it costs no memory of its own.
class StackPool {
 public:
  explicit StackPool(StackOptions options);
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();

  std::uint32_t allocate();
  void release(std::uint32_t slot);

  std::byte* bottom(std::uint32_t slot) const {
    return slabs_[slot / kSlabStacks] + (slot % kSlabStacks) * stride_ + guard_;
  }
  std::size_t size() const { return stride_ - guard_; }
  // top() is where the control block ends. Tops are spread over 2 KiB in steps of a cache line: at
  // equal offsets, the stacks of all fibers would fight for the same few sets of the cache.
  std::byte* top(std::uint32_t slot) const {
    return bottom(slot) + size() - (slot % kColours) * 64;
  }
  // end() is the lowest address that may be used: there lies the canary. Canaries are spread as the
  // tops are: untouched pages are all one page of zeros, and AMD's first-level cache, which guesses
  // the way from the address, takes one line under two addresses for a miss each time (Lipp et al.,
  // Take A Way, 2020).
  std::byte* end(std::uint32_t slot) const { return bottom(slot) + (slot % kColours) * 64; }
  // intact() looks at the canary, one cache line, of the stack that ends there.
  static bool intact(const std::byte* end) {
    const auto* const canary = reinterpret_cast<const std::uint64_t*>(end);
    const std::uint64_t low = (canary[0] | canary[1]) | (canary[2] | canary[3]);
    const std::uint64_t high = (canary[4] | canary[5]) | (canary[6] | canary[7]);
    return (low | high) == 0;
  }
  std::size_t in_use() const { return in_use_; }
  std::uint32_t slots() const { return made_; }

 private:
  static constexpr std::uint32_t kSlabStacks = 1024;
  static constexpr std::uint32_t kColours = 32;

  void add_slab();
  void protect(std::byte* slab);

  std::size_t stride_;
  std::size_t guard_ = 0;
  bool guard_pages_;
  std::vector<std::byte*> slabs_;
  std::vector<std::uint32_t> free_;
  std::uint32_t made_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace norn::host
