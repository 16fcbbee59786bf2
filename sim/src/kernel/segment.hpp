// Segment: what one TCP connection says to the other end at once; and the header of datagrams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// The flags of a segment, by the bits of RFC 9293, 3.1.
inline constexpr std::uint8_t kFin = 1;
inline constexpr std::uint8_t kSyn = 2;
inline constexpr std::uint8_t kReset = 4;
inline constexpr std::uint8_t kAck = 16;

// Sequence numbers have 64 bits instead of 32, so that none comes twice; all else is RFC 9293's.
struct Segment {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t flags = 0;
  std::uint32_t window = 0;
  std::uint64_t sequence = 0;
  std::uint64_t acknowledgment = 0;
  std::span<const std::byte> data = {};

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  // length() is what it takes of the sequence numbers.
  std::uint64_t length() const {
    return data.size() + (has(kSyn) ? 1U : 0U) + (has(kFin) ? 1U : 0U);
  }
};

struct DatagramHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

// The protocol numbers of IANA: the first byte of all that kernels send to each other.
enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

// class_of() is what the trace calls a segment: tcp.SYN, tcp.SYN-ACK, tcp.DATA, tcp.FIN (perhaps
// with data), tcp.ACK or tcp.RST.
const host::MessageClass& class_of(const Segment& segment);
const host::MessageClass& datagram_class();

void encode(const Segment& segment, std::vector<std::byte>& out);
void encode(const DatagramHeader& header, std::span<const std::byte> data,
            std::vector<std::byte>& out);

// decode() refuses what is too short or of another protocol. The data points into `bytes`.
std::optional<Segment> decode_segment(std::span<const std::byte> bytes);
struct DecodedDatagram {
  DatagramHeader header;
  std::span<const std::byte> data;
};
std::optional<DecodedDatagram> decode_datagram(std::span<const std::byte> bytes);

}  // namespace norn::sim
