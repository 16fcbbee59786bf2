// Counts calls of operator new, for the profile. Linked only where that is asked for. All forms are
// here: where one were missing, a sanitizer would have its own, which does not fit ours.
// tidy: allow-file new (it is operator new)
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// tidy: allow thread-local (operator new has no object to count in)
constinit thread_local std::uint64_t count = 0;  // NOLINT

void* take(std::size_t size) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);  // NOLINT
}

void* take(std::size_t size, std::align_val_t alignment) noexcept {
  ++count;
  const auto align = static_cast<std::size_t>(alignment);
  // aligned_alloc() takes multiples of the alignment, which is a power of two.
  const std::size_t whole = ((size == 0 ? 1 : size) + align - 1) & ~(align - 1);
  return whole < size ? nullptr : std::aligned_alloc(align, whole);  // NOLINT
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_back(void* memory) noexcept {
  std::free(memory);  // NOLINT
}

}  // namespace

extern "C" std::uint64_t norn_allocations();
extern "C" std::uint64_t norn_allocations() {
  return count;
}

void* operator new(std::size_t size) {
  return or_throw(take(size));
}
void* operator new[](std::size_t size) {
  return or_throw(take(size));
}
void* operator new(std::size_t size, std::align_val_t align) {
  return or_throw(take(size, align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return or_throw(take(size, align));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return take(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return take(size);
}
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return take(size, align);
}
void* operator new[](std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return take(size, align);
}

void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete[](void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  give_back(memory);
}
