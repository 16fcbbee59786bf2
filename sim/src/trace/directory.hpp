// The directory of a chunk: which nodes it concerns, and their state at its begin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::trace {

// What decoding must know of a node (encoding.hpp).
struct NodeState {
  std::uint32_t incarnation = 0;
  FiberId receiver = 0;
  FiberId sleeper = 0;
  bool operator==(const NodeState&) const = default;
};

struct ConcernedNode {
  NodeId node = 0;
  NodeState state;
  bool operator==(const ConcernedNode&) const = default;
};

// write_directory() takes nodes in ascending order. It writes, all as varints:
//   count of bitmap bytes, 0 = no bitmap. Bitmap: bit n of byte m is set when node 8 · m + n is
//   concerned. Without bitmap: count of stretches; for each the gap since the one before and its
//   length. Then runs of nodes that have one incarnation, and fibers that are linear in the node's
//   number: length, incarnation, receiver, sleeper (as differences to the last node before the
//   run), and, if length > 1, how much receiver and sleeper grow from one node number to the next.
// In a quiet cluster of any size that is a few bytes.
std::vector<std::byte> write_directory(std::span<const ConcernedNode> nodes);

// read_directory() gives a complaint, empty when all is well. A chunk of `events` events concerns
// at most one node more.
std::string read_directory(std::span<const std::byte> bytes, std::uint64_t events,
                           std::vector<ConcernedNode>& nodes);

}  // namespace norn::trace
