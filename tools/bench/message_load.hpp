// The traffic that the limit loop and the engine's own benchmark both carry: the same nodes, the
// same number of messages in flight, the same work at a node, the same delays.
#pragma once

#include <array>
#include <cstdint>

namespace norn::bench {

// What travels: 16 bytes, forwarded for ever.
struct LoadMessage {
  std::uint64_t token = 0;
  std::uint64_t hops = 0;
};
static_assert(sizeof(LoadMessage) == 16);

inline constexpr std::uint32_t kNeighbours = 4;
inline constexpr std::int64_t kLatencyMinNs = 500'000;
inline constexpr std::int64_t kLatencyRangeNs = 1'000'000;  // evenly from the minimum up

// scramble() is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// Two nodes play ping-pong with one message; otherwise each node starts one, so that as many
// messages as nodes are under way.
constexpr std::uint32_t messages_in_flight(std::uint32_t nodes) {
  return nodes == 2 ? 1 : nodes;
}

// neighbours() are the nodes that `node` sends to, out of `nodes` >= 2, both from 0: four,
// scattered over all others, so that there are 4 * nodes links.
constexpr std::array<std::uint32_t, kNeighbours> neighbours(std::uint32_t node,
                                                            std::uint32_t nodes) {
  std::array<std::uint32_t, kNeighbours> result{};
  for (std::uint32_t i = 0; i < kNeighbours; ++i) {
    const std::uint64_t random = scramble(std::uint64_t{node} * kNeighbours + i + 1) >> 32;
    const auto step = static_cast<std::uint32_t>((random * (nodes - 1)) >> 32) + 1;
    result[i] = (node + step) % nodes;
  }
  return result;
}

// advance() is one step of a pseudo-random sequence (Knuth's MMIX generator).
constexpr void advance(LoadMessage& message) {
  ++message.hops;
  message.token = message.token * 0x5851f42d4c957f2dU + 0x14057b7ef767814fU;
}

// next_peer() is what a node does with a message: it counts the hop and chooses the neighbour.
inline std::uint32_t next_peer(LoadMessage& message,
                               const std::array<std::uint32_t, kNeighbours>& peers) {
  advance(message);
  return peers[message.token >> 62];
}

// first_message() is what `node` sends before it receives anything.
constexpr LoadMessage first_message(std::uint32_t node) {
  return {scramble(node + 1), 0};
}

// next_sleep_ns() is how long a fiber sleeps that does nothing else: as long as a message travels.
inline std::int64_t next_sleep_ns(LoadMessage& state) {
  advance(state);
  return kLatencyMinNs + static_cast<std::int64_t>((state.token >> 32) * kLatencyRangeNs >> 32);
}

}  // namespace norn::bench
