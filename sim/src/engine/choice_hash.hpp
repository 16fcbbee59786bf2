// Keys of choices, and the value that a seed gives to a key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace norn::sim {

// What is chosen. The values are part of every key: never renumber, only append, or all seeds
// change their meaning.
enum class ChoiceKind : std::uint8_t {
  message_delay = 1,
  message_loss = 2,
  message_duplicate = 3,
  copy_delay = 4,   // delay of the second copy of a duplicated message
  ready_order = 5,  // which of the fibers ready at one instant runs first
  event_order = 6,  // which of the events of one instant is applied first
  node_random = 7,  // random() of node code
  disk_delay = 8,
  disk_loss = 9,
  nemesis = 10,
  workload = 11,
  port = 12,        // where to look for a free port
  short_read = 13,  // how much of what is there a read of a stream gives
  fault_draw = 21,  // what a fault draws for itself: whom, when, how long
  message_reorder = 15,
  message_corrupt = 16,
  message_truncate = 17,
  message_jitter = 18,  // what a fault adds to a delay
  burst_turn = 19,      // whether a link turns from good to bad or back
  burst_loss = 20,
  buggify_armed = 40,
  buggify = 41,
  knob = 42,
  disk_fault = 48,     // whether a fault of a disk bites, and where
  next_event = 50,     // which of the events that are possible comes next, when a strategy says
  next_fiber = 51,     // which of the fibers of a node that are ready runs first, in a search
  process_fault = 44,  // when a node that crashes again and again does so
};

// In the order of their names: "message_delay".
std::span<const ChoiceKind> choice_kinds();
std::string_view name(ChoiceKind kind);
std::optional<ChoiceKind> choice_kind_of(std::string_view name);

// mix() maps two words to one so that each bit of either flips each bit of the result with
// probability one half, neighbouring numbers included. Two rounds of a 128-bit product, the method
// of Wang Yi's wyhash64 (2019), with the inputs kept beside the product as in its protected
// variant: so no value of one word cancels the other. Our constants are those of SHA-512 (FIPS
// 180-4, 5.3.5: fractional parts of the square roots of 2, 3, 5, 7), the first made odd.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  a ^= 0x6a09e667f3bcc909U;
  b ^= 0xbb67ae8584caa73bU;
  const Wide first = Wide{a} * b;
  a ^= static_cast<std::uint64_t>(first) ^ 0x3c6ef372fe94f82bU;
  b ^= static_cast<std::uint64_t>(first >> 64) ^ 0xa54ff53a5f1d36f1U;
  const Wide second = Wide{a} * b;
  return a ^ b ^ static_cast<std::uint64_t>(second) ^ static_cast<std::uint64_t>(second >> 64);
}

// choice_key() is the key of the occurrence-th choice of a kind at `base_key`: the place where the
// choice is made, for instance mix(source, destination). `occurrence` must be below 2^56.
constexpr std::uint64_t choice_key(ChoiceKind kind, std::uint64_t base_key,
                                   std::uint64_t occurrence) {
  return mix(base_key, occurrence | std::uint64_t{static_cast<std::uint8_t>(kind)} << 56);
}

// draw() is the 64 fair bits that a seed gives to a key: a function of the two, with no stream and
// no state.
constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t key) {
  return mix(seed, key);
}

// text_key() turns a name into a word for mix(): FNV-1a (Fowler, Noll, Vo), then mixed with the
// length. Not for the hot path: compute it once a name.
constexpr std::uint64_t text_key(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return mix(hash, text.size());
}

}  // namespace norn::sim
