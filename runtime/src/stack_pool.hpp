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
  // intact() looks at the canary, one cache line, of the stack that begins at `bottom`.
  static bool intact(const std::byte* bottom) {
    const auto* const canary = reinterpret_cast<const std::uint64_t*>(bottom);
    const std::uint64_t touched = canary[0] | canary[1] | canary[2] | canary[3] | canary[4] |
                                  canary[5] | canary[6] | canary[7];
    return touched == 0;
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
