// Messages of a simulation as IPv4 packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::trace {

// Node n has the address 10.0.0.0 + n, as the simulation gives it to sockets. What is sent to a
// name that no node has goes to an address of documentation (RFC 5737).
inline constexpr std::uint32_t kSimulatedNet = 10U << 24U;
inline constexpr std::uint32_t kNoNodeAddress = 0xC0000201;  // 192.0.2.1
// Typed messages have no ports: they are UDP datagrams between this one. IANA gives it to nobody,
// and the simulation's ephemeral ports end at 60999.
inline constexpr std::uint16_t kMessagePort = 61700;
// The longest IPv4 packet (RFC 791, 3.1).
inline constexpr std::size_t kLongestPacket = 65'535;

constexpr std::uint32_t address_of_node(NodeId node) {
  return node == 0 ? kNoNodeAddress : kSimulatedNet + node;
}

// internet_checksum() is that of RFC 1071, over `bytes` after what `sum` has already.
std::uint16_t internet_checksum(std::span<const std::byte> bytes, std::uint32_t sum = 0);

// What the simulated kernels say to each other: a header of their own (little-endian: protocol,
// ports; for TCP flags, window, and sequence numbers of 64 bits), then the data.
struct KernelMessage {
  std::uint8_t protocol = 0;  // 6: TCP, 17: UDP (IANA's numbers)
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t flags = 0;  // RFC 9293, 3.1
  std::uint32_t window = 0;
  std::uint64_t sequence = 0;
  std::uint64_t acknowledgment = 0;
  std::span<const std::byte> data = {};
};

inline constexpr std::uint8_t kTcpProtocol = 6;
inline constexpr std::uint8_t kUdpProtocol = 17;
inline constexpr std::size_t kKernelTcpHeader = 26;
inline constexpr std::size_t kKernelUdpHeader = 5;

// parse_kernel_message() gives nothing for what is none, by its first byte and its length.
std::optional<KernelMessage> parse_kernel_message(std::span<const std::byte> bytes);

// One packet as a capture has it. `original_size` is larger than `bytes` where the trace has no
// payloads, or where a message is longer than a datagram can be.
struct IpPacket {
  std::vector<std::byte> bytes;
  std::uint32_t original_size = 0;
};

struct IpRoute {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t identification = 0;
};

// udp_packet() carries `data`; data that is too long for a datagram is cut.
IpPacket udp_packet(const IpRoute& route, std::uint16_t source_port, std::uint16_t destination_port,
                    std::span<const std::byte> data);
// tcp_packet() has sequence numbers modulo 2^32. Windows are divided by 2^window_scale, which a SYN
// tells (RFC 7323, 2.2) when it is not 0.
IpPacket tcp_packet(const IpRoute& route, const KernelMessage& segment, unsigned window_scale);
// Packets of traces without payloads: UDP up to the end of its header with no checksum, TCP only
// its IP header, since the ports are not known.
IpPacket udp_packet_without_data(const IpRoute& route, std::uint64_t data_bytes);
IpPacket tcp_packet_without_data(const IpRoute& route, std::uint64_t data_bytes);

}  // namespace norn::trace
