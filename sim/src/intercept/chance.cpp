// Chance.
// tidy: allow-file os-random (it is what others are given instead)
// tidy: allow-file c-random (it replaces them)
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>

#include <sys/random.h>
#include <sys/types.h>

#include "intercept/caller.hpp"
#include "norn/runtime/node_local.hpp"
#include "norn/runtime/random.hpp"

namespace {

using norn::intercept::calling_fiber;
using norn::intercept::next;

// Bits of the calling node, for one kind of call: others do not change them.
std::uint64_t bits(const char* label) {
  return norn::random(label).bits();
}

void fill(const char* label, void* into, std::size_t size) {
  auto* place = static_cast<std::byte*>(into);
  while (size > 0) {
    const std::uint64_t word = bits(label);
    const std::size_t part = std::min(size, sizeof word);
    std::memcpy(place, &word, part);
    place += part;
    size -= part;
  }
}

// The generator of rand() or random() in one life of a node.
struct Generator {
  bool seeded = false;
  std::uint64_t state = 0;

  void seed(std::uint64_t from) {
    seeded = true;
    state = from;
  }
  // Seeded: the sequence of that seed. Steele, Lea, Flood, "Fast splittable pseudorandom number
  // generators" (2014), SplitMix64.
  std::uint64_t take(const char* label) {
    if (!seeded) return bits(label);
    std::uint64_t word = state += 0x9e3779b97f4a7c15U;
    word = (word ^ word >> 30U) * 0xbf58476d1ce4e5b9U;
    word = (word ^ word >> 27U) * 0x94d049bb133111ebU;
    return word ^ word >> 31U;
  }
};
struct RandState : Generator {};
struct RandomState : Generator {};

}  // namespace

namespace norn::intercept {
int link_chance() {
  return 1;
}
}  // namespace norn::intercept

extern "C" {

ssize_t getrandom(void* into, size_t size, unsigned flags) {
  static const auto kReal = next<ssize_t(void*, size_t, unsigned)>("getrandom");
  if (calling_fiber() == nullptr) return kReal(into, size, flags);
  fill("getrandom", into, size);
  return static_cast<ssize_t>(size);
}

int getentropy(void* into, size_t size) {
  constexpr size_t kMost = 256;
  static const auto kReal = next<int(void*, size_t)>("getentropy");
  if (calling_fiber() == nullptr) return kReal(into, size);
  if (size > kMost) {
    errno = EIO;
    return -1;
  }
  fill("getentropy", into, size);
  return 0;
}

std::uint32_t arc4random() noexcept {
  static const auto kReal = next<std::uint32_t()>("arc4random");
  if (calling_fiber() != nullptr) return static_cast<std::uint32_t>(bits("arc4random") >> 32U);
  if (kReal != nullptr) return kReal();
  std::uint32_t value = 0;  // an older C library
  [[maybe_unused]] const ssize_t got = getrandom(&value, sizeof value, 0);
  return value;
}

void arc4random_buf(void* into, size_t size) noexcept {
  static const auto kReal = next<void(void*, size_t)>("arc4random_buf");
  if (calling_fiber() != nullptr) return fill("arc4random", into, size);
  if (kReal != nullptr) return kReal(into, size);
  [[maybe_unused]] const ssize_t got = getrandom(into, size, 0);
}

std::uint32_t arc4random_uniform(std::uint32_t bound) noexcept {
  return static_cast<std::uint32_t>(std::uint64_t{arc4random()} * bound >> 32U);
}

int rand() noexcept {
  static const auto kReal = next<int()>("rand");
  if (calling_fiber() == nullptr) return kReal();
  return static_cast<int>(norn::node_local<RandState>().take("rand") >> 33U);
}

void srand(unsigned seed) noexcept {
  static const auto kReal = next<void(unsigned)>("srand");
  if (calling_fiber() == nullptr) return kReal(seed);
  norn::node_local<RandState>().seed(seed);
}

long random() noexcept {
  static const auto kReal = next<long()>("random");
  if (calling_fiber() == nullptr) return kReal();
  return static_cast<long>(norn::node_local<RandomState>().take("random") >> 33U);
}

void srandom(unsigned seed) noexcept {
  static const auto kReal = next<void(unsigned)>("srandom");
  if (calling_fiber() == nullptr) return kReal(seed);
  norn::node_local<RandomState>().seed(seed);
}

}  // extern "C"

#if defined(__GLIBCXX__)
std::random_device::result_type std::random_device::_M_getval() {
  using Real = result_type(std::random_device*);
  static const auto kReal = norn::intercept::next<Real>("_ZNSt13random_device9_M_getvalEv");
  if (calling_fiber() == nullptr) return kReal(this);
  return static_cast<result_type>(bits("random_device") >> 32U);
}
#endif
