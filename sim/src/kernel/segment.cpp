#include "kernel/segment.hpp"

#include <concepts>

namespace norn::sim {

namespace {

constexpr host::MessageClass make_class(std::string_view name) {
  return {.name = name, .hash = host::hash_name(name)};
}

constexpr host::MessageClass kSynClass = make_class("tcp.SYN");
constexpr host::MessageClass kSynAckClass = make_class("tcp.SYN-ACK");
constexpr host::MessageClass kDataClass = make_class("tcp.DATA");
constexpr host::MessageClass kFinClass = make_class("tcp.FIN");
constexpr host::MessageClass kAckClass = make_class("tcp.ACK");
constexpr host::MessageClass kResetClass = make_class("tcp.RST");
constexpr host::MessageClass kDatagramClass = make_class("udp.DATAGRAM");

constexpr std::size_t kSegmentHeader = 1 + 2 + 2 + 1 + 4 + 8 + 8;
constexpr std::size_t kDatagramHeader = 1 + 2 + 2;

template <std::unsigned_integral T>
void put(std::vector<std::byte>& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xffU));
}

template <std::unsigned_integral T>
T take(std::span<const std::byte>& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= std::to_integer<std::uint64_t>(in[i]) << (8 * i);
  in = in.subspan(sizeof(T));
  return static_cast<T>(value);
}

bool is(std::span<const std::byte> bytes, Protocol protocol, std::size_t header) {
  return bytes.size() >= header &&
         std::to_integer<std::uint8_t>(bytes.front()) == static_cast<std::uint8_t>(protocol);
}

}  // namespace

const host::MessageClass& class_of(const Segment& segment) {
  if (segment.has(kReset)) return kResetClass;
  if (segment.has(kSyn)) return segment.has(kAck) ? kSynAckClass : kSynClass;
  if (segment.has(kFin)) return kFinClass;
  return segment.data.empty() ? kAckClass : kDataClass;
}

const host::MessageClass& datagram_class() {
  return kDatagramClass;
}

void encode(const Segment& segment, std::vector<std::byte>& out) {
  out.clear();
  out.reserve(kSegmentHeader + segment.data.size());
  put(out, static_cast<std::uint8_t>(Protocol::tcp));
  put(out, segment.source_port);
  put(out, segment.destination_port);
  put(out, segment.flags);
  put(out, segment.window);
  put(out, segment.sequence);
  put(out, segment.acknowledgment);
  out.insert(out.end(), segment.data.begin(), segment.data.end());
}

void encode(const DatagramHeader& header, std::span<const std::byte> data,
            std::vector<std::byte>& out) {
  out.clear();
  out.reserve(kDatagramHeader + data.size());
  put(out, static_cast<std::uint8_t>(Protocol::udp));
  put(out, header.source_port);
  put(out, header.destination_port);
  out.insert(out.end(), data.begin(), data.end());
}

std::optional<Segment> decode_segment(std::span<const std::byte> bytes) {
  if (!is(bytes, Protocol::tcp, kSegmentHeader)) return std::nullopt;
  bytes = bytes.subspan(1);
  Segment segment;
  segment.source_port = take<std::uint16_t>(bytes);
  segment.destination_port = take<std::uint16_t>(bytes);
  segment.flags = take<std::uint8_t>(bytes);
  segment.window = take<std::uint32_t>(bytes);
  segment.sequence = take<std::uint64_t>(bytes);
  segment.acknowledgment = take<std::uint64_t>(bytes);
  segment.data = bytes;
  return segment;
}

std::optional<DecodedDatagram> decode_datagram(std::span<const std::byte> bytes) {
  if (!is(bytes, Protocol::udp, kDatagramHeader)) return std::nullopt;
  bytes = bytes.subspan(1);
  DecodedDatagram datagram;
  datagram.header.source_port = take<std::uint16_t>(bytes);
  datagram.header.destination_port = take<std::uint16_t>(bytes);
  datagram.data = bytes;
  return datagram;
}

}  // namespace norn::sim
