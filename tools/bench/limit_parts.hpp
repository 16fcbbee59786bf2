// What both limit loops are made of: stacks, tables in huge pages, the bare trace.
#pragma once

#include <sys/mman.h>
#include <xxhash.h>

#include <array>
#include <bit>
#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"

namespace norn::bench {

namespace fcontext = boost::context::detail;

// Mapping is anonymous memory of the kernel: zero, and not backed until it is touched. It begins at
// a multiple of kHugePage.
class Mapping {
 public:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;

  Mapping(std::size_t bytes, int advice) : bytes_((bytes / kHugePage + 2) * kHugePage) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kFlags, -1, 0);
    NORN_ASSERT(memory_ != MAP_FAILED,
                "the kernel gives no address space: raise the limit (ulimit -v)");
    const auto address = reinterpret_cast<std::uintptr_t>(memory_);
    data_ = static_cast<std::byte*>(memory_) + (kHugePage - address % kHugePage) % kHugePage;
    madvise(data_, bytes_ - kHugePage, advice);  // only a wish: without it the run is slower
  }
  ~Mapping() { munmap(memory_, bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::byte* data() const { return data_; }

 private:
  void* memory_;
  std::byte* data_;
  std::size_t bytes_;
};

// Table<T> is an array of trivial elements, all zero at first, in huge pages: with 100,000 nodes
// the walk through the page table costs more than the miss of the cache.
template <class T>
class Table {
 public:
  explicit Table(std::size_t size) : memory_(size * sizeof(T), MADV_HUGEPAGE) {}
  T& operator[](std::size_t i) const { return reinterpret_cast<T*>(memory_.data())[i]; }

 private:
  Mapping memory_;
};

// Stacks is one slab. Stack tops are coloured, and there is an odd number of pages between them:
// with a power of two all hot frames would fall into the same few sets of the caches and of the
// TLB.
class Stacks {
 public:
  explicit Stacks(std::size_t count) : slab_(count * kStride, MADV_NOHUGEPAGE) {}

  // first() is the context of a new fiber on stack `i`, which begins in `entry`.
  fcontext::fcontext_t first(std::size_t i, void (*entry)(fcontext::transfer_t)) const {
    const std::size_t colour = i % kColours * 64;
    std::byte* const top = slab_.data() + (i + 1) * kStride - colour;
    return fcontext::make_fcontext(top, kStride - kColours * 64, entry);
  }

 private:
  static constexpr std::size_t kStride = 17 * std::size_t{4'096};
  static constexpr std::size_t kColours = 32;
  Mapping slab_;
};

// prefetch_frame() fetches what jump_fcontext restores, the frames right above it, and the room
// below, where the fiber's next calls put theirs.
[[gnu::always_inline]] inline void prefetch_frame(fcontext::fcontext_t context) {
  const char* const frame = static_cast<const char*>(context);
  __builtin_prefetch(frame, 1);
  __builtin_prefetch(frame + 64, 1);
  __builtin_prefetch(frame + 128, 1);
  __builtin_prefetch(frame - 64, 1);
  __builtin_prefetch(frame - 128, 1);
}

// multiply_fold() is the 64x64 -> 128 bit product, folded: the mixing step of wyhash (Wang Yi).
inline std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

// BareTrace writes records of a tag byte and up to two numbers of 1 to 4 bytes, whose lengths are
// in the tag, so that no branch depends on them. A full block is hashed at once and forgotten.
class BareTrace {
 public:
  BareTrace() : block_(std::make_unique<std::byte[]>(kBlockBytes + kSlack)) {}

  void record(unsigned kind, std::uint32_t first, std::uint32_t second) {
    const unsigned first_length = length_of(first);
    const unsigned second_length = length_of(second);
    std::byte* const at = block_.get() + used_;
    *at = static_cast<std::byte>(kind << 4 | (first_length - 1) << 2 | (second_length - 1));
    std::memcpy(at + 1, &first, 4);
    std::memcpy(at + 1 + first_length, &second, 4);
    used_ += 1 + first_length + second_length;
    ++records_;
    if (used_ >= kBlockBytes) [[unlikely]]
      flush();
  }

  std::uint64_t hash() const { return XXH3_64bits_withSeed(block_.get(), used_, hash_); }
  std::uint64_t bytes() const { return flushed_ + used_; }
  std::uint64_t records() const { return records_; }

 private:
  static constexpr std::size_t kBlockBytes = 1U << 16;
  static constexpr std::size_t kSlack = 16;

  static unsigned length_of(std::uint32_t value) {
    return (static_cast<unsigned>(std::bit_width(value | 1U)) + 7) / 8;
  }
  void flush() {
    hash_ = hash();
    flushed_ += used_;
    used_ = 0;
  }

  std::unique_ptr<std::byte[]> block_;
  std::size_t used_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t flushed_ = 0;
  std::uint64_t records_ = 0;
};

// zigzag() makes small numbers of small differences of either sign.
inline std::uint32_t zigzag(std::uint32_t from, std::uint32_t to) {
  const std::uint32_t difference = to - from;
  return difference << 1 ^ (0U - (difference >> 31));
}

}  // namespace norn::bench
