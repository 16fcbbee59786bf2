// The library's messages as bytes between nodes, and links that keep them in order.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <norn/runtime/codec.hpp>
#include <norn/runtime/time.hpp>

#include "libraft/bytes.hpp"
#include "libraft/library.hpp"

namespace norn_libraft {

// One C++ type for each kind of message, so that traces name them.
struct Packet {
  Bytes bytes;
};
struct AppendEntries : Packet {};
struct AppendEntriesResult : Packet {};
struct RequestVote : Packet {};
struct RequestVoteResult : Packet {};
struct InstallSnapshot : Packet {};
struct TimeoutNow : Packet {};

// Stands in front of each packet. A session is one life of the sender; later lives have greater
// numbers.
struct PacketHeader {
  std::uint64_t sender = 0;  // raft_id
  std::uint64_t session = 0;
  std::uint64_t sequence = 0;  // counts the packets from this session to this receiver, from 1
  friend bool operator==(const PacketHeader&, const PacketHeader&) = default;
};

// encode_message() copies all that the message refers to.
Bytes encode_message(const PacketHeader& header, const raft_message& message);
// read_header() looks at the first bytes only.
PacketHeader read_header(std::span<const std::byte> packet);
// decode_message() makes the message with memory of the library, which recv() takes over; for use
// inside call_library(). `address` must outlive the message. Returns false when the bytes are not a
// message.
bool decode_message(std::span<const std::byte> packet, char* address, raft_message& message);
// release_message() gives back what decode_message() allocated, for messages that recv() does not
// see.
void release_message(raft_message& message);

// A configuration as plain C++, and back into the library's memory (false: the library refused it).
struct ServerRecord {
  std::uint64_t id = 0;
  std::int32_t role = RAFT_VOTER;
  std::string address;
  friend bool operator==(const ServerRecord&, const ServerRecord&) = default;
};
std::vector<ServerRecord> read_configuration(const raft_configuration& configuration);
bool make_configuration(const std::vector<ServerRecord>& servers,
                        raft_configuration& configuration);
void write_servers(ByteWriter& out, const std::vector<ServerRecord>& servers);
std::vector<ServerRecord> read_servers(ByteReader& in);

// OrderedLink restores the order in which one peer sent. The library was written for TCP: messages
// between two servers arrive in order and once, though some may be missing after a broken
// connection. Packets of an earlier session, doubles and packets whose successor was already given
// out are dropped; a packet that came too early waits for those before it, until skip_gaps() gives
// them up.
class OrderedLink {
 public:
  // put() takes a packet that arrived; take() gives what is next in order, if it is there.
  void put(const PacketHeader& header, Bytes packet, norn::TimePoint now);
  std::optional<Bytes> take();
  // skip_gaps() stops to wait for packets that are missing since before `deadline`.
  void skip_gaps(norn::TimePoint deadline);

 private:
  struct Early {
    Bytes packet;
    norn::TimePoint arrived;
  };

  std::uint64_t session_ = 0;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Early> early_;
};

}  // namespace norn_libraft

template <std::derived_from<norn_libraft::Packet> P>
struct norn::Codec<P> {
  static constexpr bool is_cbor = false;

  template <class Sink>
  static void encode(const P& value, Sink&& sink) {
    sink(std::span<const std::byte>(value.bytes));
  }
  static Result<P> decode(std::span<const std::byte> bytes) {
    P packet;
    packet.bytes.assign(bytes.begin(), bytes.end());
    return packet;
  }
};
