#include "trace/directory.hpp"

#include <algorithm>

#include "norn/trace/encoding.hpp"
#include "trace/bytes.hpp"

namespace norn::trace {

namespace {

constexpr std::uint64_t kMax32 = 0xFFFF'FFFFU;

// Fibers may differ by anything, in both directions: all arithmetic is modulo 2^32.
std::uint64_t difference(std::uint32_t to, std::uint32_t from) {
  return encoding::zigzag(static_cast<std::int32_t>(to - from));
}
std::uint32_t undo_difference(std::uint64_t written, std::uint32_t from) {
  return from + static_cast<std::uint32_t>(encoding::unzigzag(static_cast<std::uint32_t>(written)));
}

std::vector<std::byte> write_stretches(std::span<const ConcernedNode> nodes) {
  std::vector<std::byte> out;
  std::uint64_t count = 0;
  NodeId end = 0;
  for (std::size_t i = 0; i < nodes.size(); ++count) {
    std::size_t next = i + 1;
    while (next < nodes.size() && nodes[next].node == nodes[next - 1].node + 1) ++next;
    append_varint(out, nodes[i].node - end);
    append_varint(out, next - i);
    end = nodes[next - 1].node + 1;
    i = next;
  }
  std::vector<std::byte> whole;
  append_varint(whole, 0);
  append_varint(whole, count);
  append_bytes(whole, out);
  return whole;
}

std::vector<std::byte> write_bitmap(std::span<const ConcernedNode> nodes) {
  std::vector<std::byte> out;
  const std::size_t size = nodes.back().node / 8 + 1;
  append_varint(out, size);
  const std::size_t begin = out.size();
  out.resize(begin + size);
  for (const ConcernedNode& each : nodes) {
    out[begin + each.node / 8] |= static_cast<std::byte>(1U << (each.node % 8));
  }
  return out;
}

// How far fibers grow from one node number to the next.
struct Slope {
  std::uint32_t receiver = 0;
  std::uint32_t sleeper = 0;
};

std::uint32_t exact_quotient(std::uint32_t to, std::uint32_t from, std::uint32_t gap, bool& exact) {
  const std::int64_t rise = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from);
  exact = exact && rise % gap == 0;
  return static_cast<std::uint32_t>(rise / gap);
}

bool slope_between(const ConcernedNode& a, const ConcernedNode& b, Slope& slope) {
  const std::uint32_t gap = b.node - a.node;
  bool exact = a.state.incarnation == b.state.incarnation;
  slope.receiver = exact_quotient(b.state.receiver, a.state.receiver, gap, exact);
  slope.sleeper = exact_quotient(b.state.sleeper, a.state.sleeper, gap, exact);
  return exact;
}

NodeState on_slope(const ConcernedNode& from, const Slope& slope, NodeId node) {
  const std::uint32_t gap = node - from.node;
  return {.incarnation = from.state.incarnation,
          .receiver = from.state.receiver + slope.receiver * gap,
          .sleeper = from.state.sleeper + slope.sleeper * gap};
}

void write_states(std::span<const ConcernedNode> nodes, std::vector<std::byte>& out) {
  NodeState before;
  for (std::size_t i = 0; i < nodes.size();) {
    const ConcernedNode& first = nodes[i];
    Slope slope;
    std::size_t end = i + 1;
    if (end < nodes.size() && slope_between(first, nodes[end], slope)) {
      while (end < nodes.size() && nodes[end].state == on_slope(first, slope, nodes[end].node))
        ++end;
    }
    append_varint(out, end - i);
    append_varint(out, first.state.incarnation);
    append_varint(out, difference(first.state.receiver, before.receiver));
    append_varint(out, difference(first.state.sleeper, before.sleeper));
    if (end - i > 1) {
      append_varint(out, difference(slope.receiver, 0));
      append_varint(out, difference(slope.sleeper, 0));
    }
    before = nodes[end - 1].state;
    i = end;
  }
}

constexpr const char* kImpossible = "its directory names nodes that it cannot concern";

std::string read_nodes(ByteReader& in, std::uint64_t most, std::vector<ConcernedNode>& nodes) {
  const auto bitmap = in.take(in.varint_up_to(encoding::kMaxNodes / 8));
  for (std::size_t i = 0; i < bitmap.size(); ++i) {
    for (std::uint32_t bit = 0; bit < 8; ++bit) {
      if ((std::to_integer<std::uint32_t>(bitmap[i]) >> bit & 1U) == 0) continue;
      if (nodes.size() == most) return kImpossible;
      nodes.push_back({.node = static_cast<NodeId>(i * 8 + bit), .state = {}});
    }
  }
  if (!bitmap.empty()) return {};
  const std::uint64_t stretches = in.varint();
  std::uint64_t node = 0;
  for (std::uint64_t i = 0; i < stretches && in.ok(); ++i) {
    node += in.varint_up_to(encoding::kMaxNodes);
    const std::uint64_t length = in.varint_up_to(encoding::kMaxNodes);
    if (node + length > encoding::kMaxNodes || nodes.size() + length > most) return kImpossible;
    for (const std::uint64_t end = node + length; node < end; ++node) {
      nodes.push_back({.node = static_cast<NodeId>(node), .state = {}});
    }
  }
  return {};
}

bool read_states(ByteReader& in, std::vector<ConcernedNode>& nodes) {
  NodeState before;
  for (std::size_t i = 0; i < nodes.size() && in.ok();) {
    const std::uint64_t length = in.varint_up_to(nodes.size() - i);
    ConcernedNode first{.node = nodes[i].node, .state = {}};
    first.state.incarnation = static_cast<std::uint32_t>(in.varint_up_to(kMax32));
    first.state.receiver = undo_difference(in.varint_up_to(kMax32), before.receiver);
    first.state.sleeper = undo_difference(in.varint_up_to(kMax32), before.sleeper);
    Slope slope;
    if (length > 1) {
      slope.receiver = undo_difference(in.varint_up_to(kMax32), 0);
      slope.sleeper = undo_difference(in.varint_up_to(kMax32), 0);
    }
    if (length == 0) return false;
    for (const std::size_t end = i + length; i < end; ++i) {
      nodes[i].state = on_slope(first, slope, nodes[i].node);
    }
    before = nodes[i - 1].state;
  }
  return in.ok() && in.empty();
}

}  // namespace

std::vector<std::byte> write_directory(std::span<const ConcernedNode> nodes) {
  std::vector<std::byte> out = write_stretches(nodes);
  if (!nodes.empty() && nodes.back().node / 8 + 4 < out.size()) out = write_bitmap(nodes);
  write_states(nodes, out);
  return out;
}

std::string read_directory(std::span<const std::byte> bytes, std::uint64_t events,
                           std::vector<ConcernedNode>& nodes) {
  nodes.clear();
  ByteReader in(bytes);
  if (auto complaint = read_nodes(in, events + 1, nodes); !complaint.empty()) return complaint;
  return read_states(in, nodes) ? "" : "its directory is garbled";
}

}  // namespace norn::trace
