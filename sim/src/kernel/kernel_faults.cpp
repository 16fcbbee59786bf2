// What the faults of the network ask of the kernels of nodes.
#include <memory>
#include <optional>
#include <vector>

#include "kernel/kernel.hpp"

namespace norn::sim {

WireShape Kernel::wire_of(const host::Message& message) const {
  constexpr std::int64_t stream_headers = 40;  // IPv4 (RFC 791) and TCP (RFC 9293), no options
  std::size_t data = 0;
  std::int64_t headers = kDatagramHeaders;
  if (const auto datagram = decode_datagram(message.bytes())) {
    data = datagram->data.size();
  } else if (const auto segment = decode_segment(message.bytes())) {
    data = segment->data.size();
    headers = stream_headers;
  }
  return {.bytes = headers + static_cast<std::int64_t>(data), .header = message.size - data};
}

bool Kernel::opens_connection(const host::Message& message) const {
  const std::optional<Segment> segment = decode_segment(message.bytes());
  return segment && segment->has(kSyn) && !segment->has(kAck) && !segment->has(kReset);
}

void Kernel::refuse(const host::Message& message) {
  if (const std::optional<Segment> segment = decode_segment(message.bytes()))
    answer_with_reset(message.to, message.from, *segment);
}

std::uint64_t Kernel::reset_connections(const std::vector<host::NodeId>& side_a,
                                        const std::vector<host::NodeId>& side_b) {
  std::vector<bool> on_b(cluster_.size() + 1, false);
  for (const host::NodeId node : side_b) on_b[node] = true;
  std::vector<std::shared_ptr<TcpConnection>> broken;  // both ends of each
  for (const host::NodeId node : side_a) {
    NodeKernel* const life = life_of(node);
    if (life == nullptr) continue;
    for (const auto& [ends, connection] : life->connections()) {
      if (!on_b[ends.remote_node] || ends.remote_node == node) continue;
      broken.push_back(connection);
      NodeKernel* const other = life_of(ends.remote_node);
      if (other == nullptr) continue;
      const auto peer = other->connections().find(
          {.local_port = ends.remote_port, .remote_port = ends.local_port, .remote_node = node});
      if (peer != other->connections().end()) broken.push_back(peer->second);
    }
  }
  std::uint64_t ends = 0;
  for (const std::shared_ptr<TcpConnection>& connection : broken)
    ends += connection->break_off() ? 1 : 0;
  return ends;
}

}  // namespace norn::sim
