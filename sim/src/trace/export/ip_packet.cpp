#include "trace/export/ip_packet.hpp"

#include <algorithm>
#include <array>

#include "trace/bytes.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kTcpHeader = 20;
constexpr std::uint8_t kSynFlag = 2;
// No message of a trace is longer; a size that a damaged file gives may be.
constexpr std::uint64_t kMaxData = encoding::kMaxPayload;

// Integers of packets are big-endian.
template <class T>
void append_big(std::vector<std::byte>& out, T value) {
  for (std::size_t i = sizeof(T); i > 0; --i)
    out.push_back(static_cast<std::byte>(value >> (8 * (i - 1)) & 0xFFU));
}

void set_big16(std::vector<std::byte>& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8U);
  bytes[at + 1] = static_cast<std::byte>(value & 0xFFU);
}

// RFC 791, 3.1. `body` is what follows the header.
void append_ip_header(std::vector<std::byte>& out, const IpRoute& route, std::uint8_t protocol,
                      std::size_t body) {
  append_big<std::uint8_t>(out, 0x45);  // version 4, five words
  append_big<std::uint8_t>(out, 0);
  append_big(out, static_cast<std::uint16_t>(std::min(kIpHeader + body, kLongestPacket)));
  append_big(out, route.identification);
  append_big<std::uint16_t>(out, 0x4000);  // never in fragments
  append_big<std::uint8_t>(out, 64);       // hops
  append_big(out, protocol);
  append_big<std::uint16_t>(out, 0);
  append_big(out, route.source);
  append_big(out, route.destination);
  set_big16(out, 10, internet_checksum(std::span(out).first(kIpHeader)));
}

// The sum over the pseudo-header of UDP (RFC 768) and TCP (RFC 9293, 3.1).
std::uint32_t pseudo_header_sum(const IpRoute& route, std::uint8_t protocol, std::size_t body) {
  std::uint32_t sum = protocol + static_cast<std::uint32_t>(body);
  for (const std::uint32_t address : {route.source, route.destination})
    sum += (address >> 16U) + (address & 0xFFFFU);
  return sum;
}

void append_udp_header(std::vector<std::byte>& out, std::uint16_t source_port,
                       std::uint16_t destination_port, std::uint64_t data_bytes) {
  append_big(out, source_port);
  append_big(out, destination_port);
  const std::uint64_t most = kLongestPacket - kIpHeader - kUdpHeader;
  append_big(out, static_cast<std::uint16_t>(kUdpHeader + std::min(data_bytes, most)));
  append_big<std::uint16_t>(out, 0);
}

std::uint32_t bounded_size(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, 0xFFFFFFFFU));
}

std::uint16_t shown_window(std::uint32_t window, unsigned scale) {
  // What is open is never shown as shut.
  const std::uint64_t rounded = (std::uint64_t{window} + (std::uint64_t{1} << scale) - 1) >> scale;
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(rounded, 0xFFFFU));
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::byte> bytes, std::uint32_t sum) {
  std::uint64_t total = sum;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
    total += i % 2 == 0 ? byte << 8U : byte;
  }
  while (total > 0xFFFFU) total = (total >> 16U) + (total & 0xFFFFU);
  return static_cast<std::uint16_t>(~total & 0xFFFFU);
}

std::optional<KernelMessage> parse_kernel_message(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  KernelMessage message;
  message.protocol = in.integer<std::uint8_t>();
  if (message.protocol != kTcpProtocol && message.protocol != kUdpProtocol) return std::nullopt;
  message.source_port = in.integer<std::uint16_t>();
  message.destination_port = in.integer<std::uint16_t>();
  if (message.protocol == kTcpProtocol) {
    message.flags = in.integer<std::uint8_t>();
    message.window = in.integer<std::uint32_t>();
    message.sequence = in.integer<std::uint64_t>();
    message.acknowledgment = in.integer<std::uint64_t>();
  }
  if (!in.ok()) return std::nullopt;
  message.data = bytes.subspan(in.position());
  return message;
}

IpPacket udp_packet(const IpRoute& route, std::uint16_t source_port, std::uint16_t destination_port,
                    std::span<const std::byte> data) {
  const auto held = data.first(std::min(data.size(), kLongestPacket - kIpHeader - kUdpHeader));
  const std::size_t body = kUdpHeader + held.size();
  IpPacket packet;
  packet.bytes.reserve(kIpHeader + body);
  append_ip_header(packet.bytes, route, kUdpProtocol, body);
  append_udp_header(packet.bytes, source_port, destination_port, held.size());
  append_bytes(packet.bytes, held);
  const std::uint16_t checksum = internet_checksum(std::span(packet.bytes).subspan(kIpHeader),
                                                   pseudo_header_sum(route, kUdpProtocol, body));
  // 0 would say that there is none.
  set_big16(packet.bytes, kIpHeader + 6, checksum == 0 ? 0xFFFFU : checksum);
  packet.original_size = bounded_size(kIpHeader + kUdpHeader + std::uint64_t{data.size()});
  return packet;
}

IpPacket tcp_packet(const IpRoute& route, const KernelMessage& segment, unsigned window_scale) {
  const bool syn = (segment.flags & kSynFlag) != 0;
  const std::size_t options = syn && window_scale != 0 ? 4 : 0;
  const std::size_t header = kTcpHeader + options;
  const auto held =
      segment.data.first(std::min(segment.data.size(), kLongestPacket - kIpHeader - header));
  IpPacket packet;
  std::vector<std::byte>& out = packet.bytes;
  out.reserve(kIpHeader + header + held.size());
  append_ip_header(out, route, kTcpProtocol, header + held.size());
  append_big(out, segment.source_port);
  append_big(out, segment.destination_port);
  append_big(out, static_cast<std::uint32_t>(segment.sequence));
  append_big(out, static_cast<std::uint32_t>(segment.acknowledgment));
  append_big(out, static_cast<std::uint8_t>(header / 4 << 4U));
  append_big(out, segment.flags);
  append_big(out, shown_window(segment.window, syn ? 0 : window_scale));
  append_big<std::uint32_t>(out, 0);  // checksum, urgent pointer
  if (options != 0) {
    constexpr std::uint32_t kNoOperationThenScale = 0x01030300;  // kind 3, three bytes, the shift
    append_big(out, kNoOperationThenScale | window_scale);
  }
  append_bytes(out, held);
  set_big16(out, kIpHeader + 16,
            internet_checksum(std::span(out).subspan(kIpHeader),
                              pseudo_header_sum(route, kTcpProtocol, header + held.size())));
  packet.original_size = bounded_size(kIpHeader + header + std::uint64_t{segment.data.size()});
  return packet;
}

IpPacket udp_packet_without_data(const IpRoute& route, std::uint64_t data_bytes) {
  IpPacket packet;
  packet.original_size = bounded_size(kIpHeader + kUdpHeader + std::min(data_bytes, kMaxData));
  append_ip_header(packet.bytes, route, kUdpProtocol, packet.original_size - kIpHeader);
  append_udp_header(packet.bytes, kMessagePort, kMessagePort, data_bytes);
  return packet;
}

IpPacket tcp_packet_without_data(const IpRoute& route, std::uint64_t data_bytes) {
  IpPacket packet;
  packet.original_size = bounded_size(kIpHeader + kTcpHeader + std::min(data_bytes, kMaxData));
  append_ip_header(packet.bytes, route, kTcpProtocol, packet.original_size - kIpHeader);
  return packet;
}

}  // namespace norn::trace
