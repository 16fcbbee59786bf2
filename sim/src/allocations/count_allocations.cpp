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

void* operator new(std::size_t size) {
  ++count;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;  // NOLINT
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);  // NOLINT
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);  // NOLINT
}
