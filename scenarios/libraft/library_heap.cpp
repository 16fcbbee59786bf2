#include "libraft/library_heap.hpp"
// tidy: allow-file new (this is the heap that the library in C is given)
// tidy: allow-file thread-local (the hooks of the library have no argument that says whose heap)

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <norn/runtime/assert.hpp>

#include "libraft/library_call.hpp"

namespace norn_libraft {
namespace {

constexpr int kFreshPattern = 0xCD;
constexpr int kReleasedPattern = 0xDD;

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): see above
thread_local LibraryHeap* current_heap = nullptr;

}  // namespace

// Lies in front of the memory that the library sees.
struct alignas(16) LibraryHeap::Block {
  Block* next;
  Block* previous;
  LibraryHeap* owner;
  std::size_t size;

  std::byte* memory() { return reinterpret_cast<std::byte*>(this + 1); }
  static Block* of(void* memory) { return static_cast<Block*>(memory) - 1; }
};

LibraryHeap::LibraryHeap() {
  install();
  prepare_library_calls();
}

LibraryHeap::~LibraryHeap() {
  // NOLINTBEGIN(cppcoreguidelines-no-malloc): this is the allocator
  while (first_ != nullptr) std::free(std::exchange(first_, first_->next));
  for (Block* block : quarantine_) std::free(block);
  // NOLINTEND(cppcoreguidelines-no-malloc)
}

void LibraryHeap::abandon() {
  first_ = nullptr;
  quarantine_.fill(nullptr);
}

LibraryHeap::Use::Use(LibraryHeap& heap) : previous_(current_heap) {
  current_heap = &heap;
}
LibraryHeap::Use::~Use() {
  current_heap = previous_;
}

LibraryHeap* LibraryHeap::current() {
  NORN_ASSERT(current_heap != nullptr,
              "the library may be called only while a LibraryHeap::Use lives");
  return current_heap;
}

void* LibraryHeap::allocate(std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): this is the allocator
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + std::max<std::size_t>(size, 1)));
  if (block == nullptr) return nullptr;
  *block = {.next = first_, .previous = nullptr, .owner = this, .size = size};
  if (first_ != nullptr) first_->previous = block;
  first_ = block;
  ++blocks_;
  std::memset(block->memory(), kFreshPattern, size);
  return block->memory();
}

void LibraryHeap::release(void* memory) {
  Block* block = Block::of(memory);
  if (block->owner != this)
    fail_library_call("memory released twice, or not from the heap of this server");
  if (block->previous != nullptr) block->previous->next = block->next;
  if (block->next != nullptr) block->next->previous = block->previous;
  if (first_ == block) first_ = block->next;
  --blocks_;
  block->owner = nullptr;
  std::memset(block->memory(), kReleasedPattern, block->size);
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): this is the allocator
  std::free(std::exchange(quarantine_[next_quarantine_], block));
  next_quarantine_ = (next_quarantine_ + 1) % kQuarantine;
}

void* LibraryHeap::on_malloc(void*, size_t size) {
  return current()->allocate(size);
}

void* LibraryHeap::on_calloc(void*, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  void* memory = current()->allocate(count * size);
  if (memory != nullptr) std::memset(memory, 0, count * size);
  return memory;
}

void* LibraryHeap::on_realloc(void*, void* memory, size_t size) {
  void* fresh = current()->allocate(size);
  if (fresh == nullptr || memory == nullptr) return fresh;
  std::memcpy(fresh, memory, std::min(size, Block::of(memory)->size));
  current()->release(memory);
  return fresh;
}

void LibraryHeap::on_free(void*, void* memory) {
  if (memory != nullptr) current()->release(memory);
}

// Only the library's own libuv backend asks for more than the usual alignment, and it is not used
// here.
void* LibraryHeap::on_aligned_alloc(void*, size_t alignment, size_t size) {
  return alignment <= alignof(Block) ? current()->allocate(size) : nullptr;
}

void LibraryHeap::on_aligned_free(void*, size_t, void* memory) {
  on_free(nullptr, memory);
}

void LibraryHeap::install() {
  static raft_heap functions = {nullptr,    on_malloc,        on_free,        on_calloc,
                                on_realloc, on_aligned_alloc, on_aligned_free};
  static const bool kInstalled = [] {
    raft_heap_set(&functions);
    return true;
  }();
  static_cast<void>(kInstalled);
}

}  // namespace norn_libraft
