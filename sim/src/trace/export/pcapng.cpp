#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "norn/trace/describe.hpp"
#include "trace/export/formats.hpp"
#include "trace/export/ip_packet.hpp"
#include "trace/export/pcapng_blocks.hpp"
#include "trace/export/selection.hpp"

namespace norn::trace {

namespace {

// Types of blocks and codes of options (sections 4.1 to 4.5 of the draft).
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kByteOrder = 0x1A2B3C4D;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kNameResolution = 4;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceWhat = 3;
constexpr std::uint16_t kInterfaceAddress = 4;
constexpr std::uint16_t kInterfaceResolution = 9;
constexpr std::uint16_t kNameIpv4 = 1;
constexpr std::uint16_t kPacketFlags = 2;
constexpr std::uint16_t kPacketNumber = 5;
constexpr std::uint16_t kLinkTypeIpv4 = 228;
constexpr std::uint32_t kInbound = 1;
constexpr std::uint32_t kOutbound = 2;

// Virtual time 0 is where the wall clocks of nodes begin (kWallClockStart): 2026-01-01 00:00 UTC.
constexpr std::uint64_t kEpochNs = 1'767'225'600ULL * 1'000'000'000;

// What became of the copies of messages that did not all arrive once.
class Fates {
 public:
  Result<void> learn(const Reader& reader) {
    auto walked = reader.for_each([this](const Event& event) { add(event); });
    std::sort(lost_.begin(), lost_.end(), [](const Lost& x, const Lost& y) {
      return x.send != y.send ? x.send < y.send : x.drop < y.drop;
    });
    return walked;
  }

  unsigned window_scale() const {
    constexpr unsigned kMostScale = 14;  // RFC 7323, 2.3
    unsigned scale = 0;
    while (scale < kMostScale && (largest_window_ >> scale) > 0xFFFFU) ++scale;
    return scale;
  }

  // text() is "" for a message that arrived once.
  std::string text(Seq send) const {
    std::string out;
    const auto copies = copies_.find(send);
    if (copies != copies_.end()) {
      out += "; on the way it became " + std::to_string(copies->second.made + 1) + " (event " +
             std::to_string(copies->second.event) + ")";
    }
    const auto before = [](const Lost& lost, Seq seq) { return lost.send < seq; };
    for (auto lost = std::lower_bound(lost_.begin(), lost_.end(), send, before);
         lost != lost_.end() && lost->send == send; ++lost) {
      out += copies == copies_.end() ? "; lost: " : "; one is lost: ";
      out += std::string(name(lost->reason)) + " (event " + std::to_string(lost->drop) + ")";
    }
    if (open_.count(send) != 0) out += "; still under way where the trace ends";
    return out;
  }

 private:
  struct Lost {
    Seq send = 0;
    Seq drop = 0;
    DropReason reason = DropReason::loss;
  };
  struct Copies {
    std::uint32_t made = 0;
    Seq event = 0;  // the first
  };

  void add(const Event& event) {
    switch (event.kind) {
      case EventKind::send:
        open_[event.seq] = 1;
        learn_window(event);
        break;
      case EventKind::duplicate: {
        ++open_[event.a];
        Copies& copies = copies_[event.a];
        if (copies.made++ == 0) copies.event = event.seq;
        break;
      }
      case EventKind::drop:
        lost_.push_back(
            {event.a, event.seq, static_cast<DropReason>(std::min<std::uint64_t>(event.b, 255))});
        close(event.a);
        break;
      case EventKind::deliver:
        close(event.a);
        break;
      default:
        break;
    }
  }
  void close(Seq send) {
    const auto found = open_.find(send);
    if (found != open_.end() && --found->second == 0) open_.erase(found);
  }
  void learn_window(const Event& send) {
    const auto message = send.c == 0 ? parse_kernel_message(send.payload) : std::nullopt;
    if (message) largest_window_ = std::max(largest_window_, message->window);
  }

  std::vector<Lost> lost_;
  std::unordered_map<Seq, Copies> copies_;
  std::unordered_map<Seq, std::uint32_t> open_;  // copies under way; at the end, those left
  std::uint32_t largest_window_ = 0;
};

class PcapngWriter {
 public:
  PcapngWriter(const Reader& reader, std::ostream& out)
      : reader_(reader), out_(out), nodes_(reader.node_count()) {}

  Result<void> learn() { return fates_.learn(reader_); }
  void begin();
  // False: the stream has failed.
  bool add(const Event& event);

 private:
  void write(PcapngBlock& block) {
    const auto bytes = block.finish();
    out_.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  void describe_interface(NodeId node);
  void name_addresses();
  IpPacket packet_of(const Event& send, std::uint64_t bytes) const;
  void write_packet(const Event& event, const Event& send, const std::string& comment);

  const Reader& reader_;
  std::ostream& out_;
  NodeId nodes_;
  Fates fates_;
};

std::string run_text(const Reader& reader) {
  std::string text;
  const auto add = [&](const char* key) {
    if (!reader.header().is_object()) return;
    const auto found = reader.header().find(key);
    if (found == reader.header().end()) return;
    if (!text.empty()) text += ", ";
    text += std::string(key) + " " +
            printable(found->is_string()
                          ? found->get<std::string>()
                          : found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  add("scenario");
  add("seed");
  add("replay");
  if (!text.empty()) text += ". ";
  return text +
         "Time 0 of the simulation is 2026-01-01T00:00:00Z. Messages that are neither TCP nor UDP "
         "in "
         "the simulation are UDP datagrams of port " +
         std::to_string(kMessagePort) + ".";
}

void PcapngWriter::begin() {
  PcapngBlock section(kSectionHeader);
  section.integer(kByteOrder).integer(std::uint16_t{1}).integer(std::uint16_t{0});
  section.integer(~std::uint64_t{0});  // its length is not told
  section.option(kComment, run_text(reader_)).option(kSectionApplication, "Norn").end_of_options();
  write(section);
  for (NodeId node = 1; node <= nodes_; ++node) describe_interface(node);
  name_addresses();
}

std::array<std::byte, 4> network_order(std::uint32_t address) {
  return {static_cast<std::byte>(address >> 24U), static_cast<std::byte>(address >> 16U & 0xFFU),
          static_cast<std::byte>(address >> 8U & 0xFFU), static_cast<std::byte>(address & 0xFFU)};
}

void PcapngWriter::describe_interface(NodeId node) {
  PcapngBlock block(kInterfaceDescription);
  block.integer(kLinkTypeIpv4).integer(std::uint16_t{0}).integer(std::uint32_t{0});
  block.option(kInterfaceName, printable(reader_.node_name(node)));
  block.option(kInterfaceWhat, "node " + std::to_string(node) + " of the simulation");
  std::vector<std::byte> address;
  for (const std::uint32_t part : {address_of_node(node), 0xFF000000U})  // and its mask
    append_bytes(address, network_order(part));
  block.option(kInterfaceAddress, address);
  const std::byte nanoseconds{9};
  block.option(kInterfaceResolution, std::span(&nanoseconds, 1)).end_of_options();
  write(block);
}

void PcapngWriter::name_addresses() {
  PcapngBlock block(kNameResolution);
  const auto add = [&](std::uint32_t address, const std::string& name) {
    std::vector<std::byte> record;
    append_bytes(record, network_order(address));
    append_bytes(record, as_bytes(std::string_view(name)));
    record.push_back(std::byte{0});
    block.option(kNameIpv4, record);
  };
  for (NodeId node = 1; node <= nodes_; ++node)
    add(address_of_node(node), printable(reader_.node_name(node)));
  add(kNoNodeAddress, "no-such-node");
  block.end_of_options();
  write(block);
}

// `bytes` is how much of the message came through.
IpPacket PcapngWriter::packet_of(const Event& send, std::uint64_t bytes) const {
  const NodeId to = send.a > nodes_ ? 0 : static_cast<NodeId>(send.a);
  const IpRoute route{.source = address_of_node(send.node),
                      .destination = address_of_node(to),
                      .identification = static_cast<std::uint16_t>(send.seq)};
  const std::string_view message_class = reader_.string(send.text);
  if (send.payload.empty() && send.b > 0) {
    const bool is_tcp = send.c == 0 && message_class.substr(0, 4) == "tcp.";
    const bool is_udp = send.c == 0 && message_class == "udp.DATAGRAM";
    const std::uint64_t own_header = is_tcp ? kKernelTcpHeader : is_udp ? kKernelUdpHeader : 0;
    const std::uint64_t data = bytes - std::min(bytes, own_header);
    return is_tcp ? tcp_packet_without_data(route, data) : udp_packet_without_data(route, data);
  }
  const auto payload = send.payload.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(send.payload.size(), bytes)));
  const bool of_kernel =
      send.c == 0 && (message_class.substr(0, 4) == "tcp." || message_class.substr(0, 4) == "udp.");
  const auto message = of_kernel ? parse_kernel_message(payload) : std::nullopt;
  if (!message) return udp_packet(route, kMessagePort, kMessagePort, payload);
  if (message->protocol == kTcpProtocol) return tcp_packet(route, *message, fates_.window_scale());
  return udp_packet(route, message->source_port, message->destination_port, message->data);
}

void PcapngWriter::write_packet(const Event& event, const Event& send, const std::string& comment) {
  if (event.node == 0 || event.node > nodes_) return;
  const IpPacket packet = packet_of(send, event.b);
  const std::uint64_t when = kEpochNs + static_cast<std::uint64_t>(event.time_ns);
  PcapngBlock block(kEnhancedPacket);
  block.integer(event.node - 1);
  block.integer(static_cast<std::uint32_t>(when >> 32U));
  block.integer(static_cast<std::uint32_t>(when));
  block.integer(static_cast<std::uint32_t>(packet.bytes.size()));
  block.integer(packet.original_size);
  block.padded(packet.bytes);
  block.option(kComment, comment);
  const std::uint32_t flags = event.kind == EventKind::send ? kOutbound : kInbound;
  block.option(kPacketFlags, std::as_bytes(std::span(&flags, 1)));
  // The same number at the sender and at the receiver.
  block.option(kPacketNumber, std::as_bytes(std::span(&send.seq, 1))).end_of_options();
  write(block);
}

bool PcapngWriter::add(const Event& event) {
  const auto what = [&] {
    return ": " + printable(reader_.string(event.text)) + " " + std::to_string(event.b) + " B";
  };
  if (event.kind == EventKind::send) {
    write_packet(event, event,
                 "event " + std::to_string(event.seq) + what() + fates_.text(event.seq));
  } else if (event.kind == EventKind::deliver) {
    const auto send = reader_.event(event.a);
    if (send.ok() && send->kind == EventKind::send) {
      write_packet(event, *send,
                   "event " + std::to_string(event.seq) + what() + ", sent by event " +
                       std::to_string(event.a));
    }
  }
  return out_.good();
}

}  // namespace

Result<void> export_pcapng(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  const auto selection = Selection::make(reader, options);
  if (!selection.ok()) return selection.error();
  PcapngWriter writer(reader, out);
  if (auto learnt = writer.learn(); !learnt.ok()) return learnt;
  writer.begin();
  return selection->walk(reader, [&](const Event& event) { return writer.add(event); });
}

}  // namespace norn::trace
