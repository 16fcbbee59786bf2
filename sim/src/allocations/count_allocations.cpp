// Counts calls of operator new, for the profile. Linked only where that is asked for.
// tidy: allow-file new (it is operator new)
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// tidy: allow thread-local (operator new has no object to count in)
constinit thread_local std::uint64_t count = 0;  // NOLINT

}  // namespace

extern "C" std::uint64_t norn_allocations();
extern "C" std::uint64_t norn_allocations() {
  return count;
}

// The other forms of new and delete are defined by these.
void* operator new(std::size_t size) {
  ++count;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;  // NOLINT
  throw std::bad_alloc();
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  ++count;
  const auto align = static_cast<std::size_t>(alignment);
  const std::size_t whole = (size == 0 ? 1 : size) + align - 1;
  // aligned_alloc() takes multiples of the alignment, which is a power of two.
  if (void* const memory = std::aligned_alloc(align, whole & ~(align - 1)))
    return memory;  // NOLINT
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);  // NOLINT
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);  // NOLINT
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);  // NOLINT
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);  // NOLINT
}
