#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "norn/trace/export.hpp"
#include "support/catch.hpp"
#include "trace/bytes.hpp"
#include "trace/export/ip_packet.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

// A block of the file, as the format's draft lays it out.
struct Block {
  std::uint32_t type = 0;
  std::span<const std::byte> body;
};

// Reads a file whole; each length must stand at both ends, and be a multiple of four.
std::vector<Block> blocks_of(std::span<const std::byte> file) {
  std::vector<Block> blocks;
  while (!file.empty()) {
    ByteReader in(file);
    const auto type = in.integer<std::uint32_t>();
    const auto length = in.integer<std::uint32_t>();
    REQUIRE(length >= 12);
    REQUIRE(length % 4 == 0);
    REQUIRE(length <= file.size());
    ByteReader end(file.subspan(length - 4, 4));
    REQUIRE(end.integer<std::uint32_t>() == length);
    blocks.push_back({type, file.subspan(8, length - 12)});
    file = file.subspan(length);
  }
  return blocks;
}

std::map<std::uint16_t, std::string> options_of(std::span<const std::byte> bytes) {
  std::map<std::uint16_t, std::string> options;
  ByteReader in(bytes);
  while (!in.empty()) {
    const auto code = in.integer<std::uint16_t>();
    const auto length = in.integer<std::uint16_t>();
    if (code == 0) break;
    options[code] = std::string(as_text(in.take(length)));
    in.take((4U - length % 4U) % 4U);
  }
  REQUIRE(in.ok());
  return options;
}

struct Packet {
  std::uint32_t interface = 0;
  std::uint64_t when = 0;
  std::uint32_t original = 0;
  std::span<const std::byte> bytes;
  std::string comment;
  std::uint8_t direction = 0;  // 1: in, 2: out
};

std::vector<Packet> packets_of(std::span<const std::byte> file) {
  std::vector<Packet> packets;
  for (const Block& block : blocks_of(file)) {
    if (block.type != 6) continue;
    ByteReader in(block.body);
    Packet packet;
    packet.interface = in.integer<std::uint32_t>();
    packet.when = std::uint64_t{in.integer<std::uint32_t>()} << 32U;
    packet.when |= in.integer<std::uint32_t>();
    const auto captured = in.integer<std::uint32_t>();
    packet.original = in.integer<std::uint32_t>();
    packet.bytes = in.take(captured);
    in.take((4U - captured % 4U) % 4U);
    const auto options = options_of(block.body.subspan(in.position()));
    packet.comment = options.at(1);
    packet.direction = static_cast<std::uint8_t>(options.at(2).front());
    packets.push_back(packet);
  }
  return packets;
}

std::string exported(Recorder& recorder, const ExportOptions& options = {}) {
  REQUIRE(recorder.finish({}).ok());
  const auto reader = Reader::from_bytes(recorder.bytes());
  REQUIRE(reader.ok());
  std::ostringstream out;
  REQUIRE(find_export_format("pcapng")->write(*reader, options, out).ok());
  return std::move(out).str();
}

std::uint32_t big(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

// Right if the sum over all that a checksum covers, itself included, is nothing (RFC 1071).
bool header_is_right(std::span<const std::byte> packet) {
  return internet_checksum(packet.first(20)) == 0;
}
bool body_is_right(std::span<const std::byte> packet) {
  std::uint32_t sum = big(packet, 9, 1) + static_cast<std::uint32_t>(packet.size() - 20);
  for (std::size_t at = 12; at < 20; at += 2) sum += big(packet, at, 2);
  return internet_checksum(packet.subspan(20), sum) == 0;
}

// A segment as the simulated kernels send it.
std::vector<std::byte> segment(std::uint8_t flags, std::uint32_t window, std::uint64_t sequence,
                               std::string_view data) {
  std::vector<std::byte> bytes;
  append_integer(bytes, std::uint8_t{6});
  append_integer(bytes, std::uint16_t{40000});
  append_integer(bytes, std::uint16_t{7000});
  append_integer(bytes, flags);
  append_integer(bytes, window);
  append_integer(bytes, sequence);
  append_integer(bytes, std::uint64_t{5});
  append_bytes(bytes, as_bytes(data));
  return bytes;
}

std::unique_ptr<Recorder> two_nodes(RecorderOptions options = {}) {
  auto recorder = record_in_memory(options);
  recorder->name_node(1, "alice");
  recorder->name_node(2, "bob");
  return recorder;
}

}  // namespace

TEST_CASE("internet checksums are those of RFC 1071") {
  // The example of its section 3: the sum is ddf2.
  const std::vector<std::byte> bytes = {std::byte{0x00}, std::byte{0x01}, std::byte{0xf2},
                                        std::byte{0x03}, std::byte{0xf4}, std::byte{0xf5},
                                        std::byte{0xf6}, std::byte{0xf7}};
  CHECK(internet_checksum(bytes) == 0xFFFFU - 0xddf2U);
  // An odd byte counts as the high one.
  CHECK(internet_checksum(std::span(bytes).first(3)) == 0xFFFFU - (0x0001U + 0xf200U));
}

TEST_CASE("packets of any length have right checksums, and a flipped bit is noticed") {
  const std::string text(70, 'x');
  for (std::size_t size = 0; size < text.size(); ++size) {
    const IpRoute route{.source = address_of_node(1), .destination = address_of_node(300)};
    const auto data = as_bytes(std::string_view(text).substr(0, size));
    IpPacket packet = udp_packet(route, 1000, 2000, data);
    CHECK(packet.bytes.size() == 28 + size);
    CHECK(packet.original_size == packet.bytes.size());
    CHECK(header_is_right(packet.bytes));
    CHECK(body_is_right(packet.bytes));
    const KernelMessage message{.protocol = 6, .flags = 2, .window = 100'000, .data = data};
    packet = tcp_packet(route, message, 1);
    CHECK(header_is_right(packet.bytes));
    CHECK(body_is_right(packet.bytes));
    packet.bytes[27] ^= std::byte{4};
    CHECK_FALSE(body_is_right(packet.bytes));
    packet.bytes[13] ^= std::byte{1};
    CHECK_FALSE(header_is_right(packet.bytes));
  }
}

TEST_CASE("a capture begins with its section, one interface a node and the names of addresses") {
  auto recorder = two_nodes();
  const std::string file = exported(*recorder);
  const auto blocks = blocks_of(as_bytes(file));
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[0].type == 0x0A0D0D0A);
  ByteReader section(blocks[0].body);
  CHECK(section.integer<std::uint32_t>() == 0x1A2B3C4D);
  CHECK(options_of(blocks[0].body.subspan(16)).at(4) == "Norn");
  for (const std::size_t i : {1U, 2U}) {
    CHECK(blocks[i].type == 1);
    const auto options = options_of(blocks[i].body.subspan(8));
    CHECK(options.at(2) == (i == 1 ? "alice" : "bob"));
    CHECK(options.at(9) == "\x09");  // nanoseconds
    CHECK(options.at(4) ==
          std::string({'\x0a', '\0', '\0', static_cast<char>(i), '\xff', 0, 0, 0}));
  }
  CHECK(blocks[3].type == 4);
  CHECK(as_text(blocks[3].body)
            .find(std::string_view("\x0a\0\0\x02"
                                   "bob\0",
                                   8)) != std::string_view::npos);
}

TEST_CASE(
    "a message is captured where it is sent and where it arrives, a lost one once, with why") {
  auto recorder = two_nodes();
  const StringId vote = recorder->intern("Vote");
  recorder->set_context(1, 1, 0);
  recorder->set_time(5);
  const Seq lost = recorder->send(2, vote, bytes_of("gone"), false);
  const Seq doubled = recorder->send(2, vote, bytes_of("twice"), false);
  recorder->record({.kind = EventKind::drop, .node = 2, .a = lost, .b = 1});
  recorder->record({.kind = EventKind::duplicate, .node = 1, .a = doubled});
  recorder->set_time(1'000'000'007);
  recorder->deliver(doubled, 2, vote, 5);
  recorder->deliver(doubled, 2, vote, 5);
  const Seq late = recorder->send(1, vote, bytes_of("late"), false);
  const std::string file = exported(*recorder);
  const auto packets = packets_of(as_bytes(file));
  REQUIRE(packets.size() == 5);
  CHECK(packets[0].interface == 0);
  CHECK(packets[0].direction == 2);
  CHECK(packets[0].when == 1'767'225'600'000'000'005U);
  CHECK(packets[0].comment == "event 1: Vote 4 B; lost: partition (event 3)");
  CHECK(packets[1].comment == "event 2: Vote 5 B; on the way it became 2 (event 4)");
  for (const std::size_t i : {2U, 3U}) {
    CHECK(packets[i].interface == 1);
    CHECK(packets[i].direction == 1);
    CHECK(packets[i].when == 1'767'225'601'000'000'007U);
    CHECK(as_text(packets[i].bytes.subspan(28)) == "twice");
  }
  CHECK(packets[3].comment == "event 6: Vote 5 B, sent by event 2");
  CHECK(packets[4].comment ==
        "event " + std::to_string(late) + ": Vote 4 B; still under way where the trace ends");
  for (const Packet& packet : packets) {
    CHECK(header_is_right(packet.bytes));
    CHECK(body_is_right(packet.bytes));
    CHECK(big(packet.bytes, 20, 2) == kMessagePort);
  }
}

TEST_CASE("segments of streams keep their ports, flags, numbers and data") {
  auto recorder = two_nodes();
  recorder->set_context(1, 1, 0);
  const std::uint64_t sequence = (std::uint64_t{1} << 32U) + 0x89ABCDEF;
  recorder->send(2, recorder->intern("tcp.SYN"), segment(2, 200'000, sequence, ""), false);
  recorder->send(2, recorder->intern("tcp.DATA"), segment(16, 200'001, sequence + 1, "hello"),
                 false);
  const std::string file = exported(*recorder);
  const auto packets = packets_of(as_bytes(file));
  REQUIRE(packets.size() == 2);
  const auto syn = packets[0].bytes;
  CHECK(big(syn, 9, 1) == 6);
  CHECK(big(syn, 20, 2) == 40000);
  CHECK(big(syn, 22, 2) == 7000);
  CHECK(big(syn, 24, 4) == 0x89ABCDEF);
  CHECK(big(syn, 32, 2) == 0x6002);      // six words, SYN
  CHECK(big(syn, 34, 2) == 0xFFFF);      // the window of a SYN is never scaled
  CHECK(big(syn, 40, 4) == 0x01030302);  // 200,001 needs two more bits
  const auto data = packets[1].bytes;
  CHECK(big(data, 24, 4) == 0x89ABCDF0);
  CHECK(big(data, 34, 2) == 50'001);  // rounded up: 200,001 / 4
  CHECK(as_text(data.subspan(40)) == "hello");
  CHECK(body_is_right(syn));
  CHECK(body_is_right(data));
}

TEST_CASE("captures of traces without payloads say how long packets were") {
  auto recorder = two_nodes({.store_payloads = false});
  recorder->set_context(1, 1, 0);
  recorder->send(2, recorder->intern("Vote"), bytes_of("twelve bytes"), false);
  recorder->send(2, recorder->intern("tcp.DATA"), segment(16, 1, 1, "hello"), false);
  const std::string file = exported(*recorder);
  const auto packets = packets_of(as_bytes(file));
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].bytes.size() == 28);
  CHECK(packets[0].original == 40);
  CHECK(packets[1].bytes.size() == 20);
  CHECK(packets[1].original == 45);
  for (const Packet& packet : packets) {
    CHECK(header_is_right(packet.bytes));
    CHECK(big(packet.bytes, 2, 2) == packet.original);
  }
}

TEST_CASE("what is longer than a datagram is cut, and what is sent to nobody has an address") {
  auto recorder = two_nodes();
  recorder->set_context(1, 1, 0);
  const std::vector<std::byte> large(100'000, std::byte{7});
  recorder->send(2, recorder->intern("Large"), large, false);
  recorder->send(0, recorder->intern("Vote"), bytes_of("x"), false);
  recorder->send(2, recorder->intern("tcp.DATA"), bytes_of("\x06no"), false);
  const std::string file = exported(*recorder);
  const auto packets = packets_of(as_bytes(file));
  REQUIRE(packets.size() == 3);
  CHECK(packets[0].bytes.size() == 65'535);
  CHECK(packets[0].original == 100'028);
  CHECK(body_is_right(packets[0].bytes));
  CHECK(big(packets[1].bytes, 16, 4) == kNoNodeAddress);
  // A name that promises a segment does not make one.
  CHECK(big(packets[2].bytes, 9, 1) == 17);
}

TEST_CASE("a capture of one node has its packets only") {
  auto recorder = two_nodes();
  recorder->set_context(1, 1, 0);
  const StringId vote = recorder->intern("Vote");
  recorder->deliver(recorder->send(2, vote, bytes_of("x"), false), 2, vote, 1);
  ExportOptions only_bob;
  only_bob.nodes = {2};
  const std::string file = exported(*recorder, only_bob);
  const auto packets = packets_of(as_bytes(file));
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].interface == 1);
}
