#include "libraft/wire.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace norn_libraft {
namespace {

std::span<const std::byte> span_of(const raft_buffer& buffer) {
  return {static_cast<const std::byte*>(buffer.base), buffer.len};
}

// Memory of the library that holds a copy of `bytes`; never null, even for no bytes.
raft_buffer make_buffer(std::span<const std::byte> bytes) {
  raft_buffer buffer{.base = raft_malloc(std::max<std::size_t>(bytes.size(), 1)),
                     .len = bytes.size()};
  if (!bytes.empty()) std::memcpy(buffer.base, bytes.data(), bytes.size());
  return buffer;
}

void write_entries(ByteWriter& out, const raft_append_entries& args) {
  out.u64(args.term);
  out.u64(args.prev_log_index);
  out.u64(args.prev_log_term);
  out.u64(args.leader_commit);
  out.u32(args.n_entries);
  for (unsigned i = 0; i < args.n_entries; ++i) {
    out.u64(args.entries[i].term);
    out.u16(args.entries[i].type);
    out.u32(static_cast<std::uint32_t>(args.entries[i].buf.len));
  }
  for (unsigned i = 0; i < args.n_entries; ++i) out.raw(span_of(args.entries[i].buf));
}

// All entries of a message lie in one batch, as the library wants it of entries that came from
// elsewhere.
bool read_entries(ByteReader& in, raft_append_entries& args) {
  args.term = in.u64();
  args.prev_log_index = in.u64();
  args.prev_log_term = in.u64();
  args.leader_commit = in.u64();
  args.entries = nullptr;
  args.n_entries = 0;
  const std::uint32_t count = in.u32();
  constexpr std::size_t kEntryHead = 14;
  if (!in.ok() || in.left() / kEntryHead < count) return false;
  std::vector<raft_entry> heads(count);
  std::size_t total = 0;
  for (raft_entry& head : heads) {
    head.term = in.u64();
    head.type = in.u16();
    head.buf.len = in.u32();
    total += head.buf.len;
  }
  if (in.left() != total) return false;
  if (count == 0) return true;
  auto* batch = static_cast<std::byte*>(make_buffer(in.raw(total)).base);
  args.entries = static_cast<raft_entry*>(raft_malloc(count * sizeof(raft_entry)));
  args.n_entries = count;
  std::size_t offset = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    heads[i].batch = batch;
    heads[i].buf.base = batch + offset;
    offset += heads[i].buf.len;
    args.entries[i] = heads[i];
  }
  return true;
}

void write_snapshot(ByteWriter& out, const raft_install_snapshot& args) {
  out.u64(args.term);
  out.u64(args.last_index);
  out.u64(args.last_term);
  out.u64(args.conf_index);
  write_servers(out, read_configuration(args.conf));
  out.blob(span_of(args.data));
}

bool read_snapshot(ByteReader& in, raft_install_snapshot& args) {
  args.term = in.u64();
  args.last_index = in.u64();
  args.last_term = in.u64();
  args.conf_index = in.u64();
  const std::vector<ServerRecord> servers = read_servers(in);
  const auto data = in.blob();
  if (!in.ok() || in.left() != 0 || !make_configuration(servers, args.conf)) return false;
  args.data = make_buffer(data);
  return true;
}

void write_vote(ByteWriter& out, const raft_request_vote& args) {
  out.u64(args.term);
  out.u64(args.candidate_id);
  out.u64(args.last_log_index);
  out.u64(args.last_log_term);
  out.u8(args.disrupt_leader ? 1 : 0);
  out.u8(args.pre_vote ? 1 : 0);
}

void read_vote(ByteReader& in, raft_request_vote& args) {
  args.term = in.u64();
  args.candidate_id = in.u64();
  args.last_log_index = in.u64();
  args.last_log_term = in.u64();
  args.disrupt_leader = in.u8() != 0;
  args.pre_vote = in.u8() != 0;
}

bool read_body(ByteReader& in, raft_message& message) {
  switch (message.type) {
    case RAFT_IO_APPEND_ENTRIES:
      return read_entries(in, message.append_entries);
    case RAFT_IO_INSTALL_SNAPSHOT:
      return read_snapshot(in, message.install_snapshot);
    case RAFT_IO_APPEND_ENTRIES_RESULT:
      message.append_entries_result.term = in.u64();
      message.append_entries_result.rejected = in.u64();
      message.append_entries_result.last_log_index = in.u64();
      break;
    case RAFT_IO_REQUEST_VOTE:
      read_vote(in, message.request_vote);
      break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
      message.request_vote_result.term = in.u64();
      message.request_vote_result.vote_granted = in.u8() != 0;
      message.request_vote_result.pre_vote = static_cast<raft_tribool>(in.u8());
      break;
    case RAFT_IO_TIMEOUT_NOW:
      message.timeout_now.term = in.u64();
      message.timeout_now.last_log_index = in.u64();
      message.timeout_now.last_log_term = in.u64();
      break;
    default:
      return false;
  }
  return in.ok() && in.left() == 0;
}

}  // namespace

Bytes encode_message(const PacketHeader& header, const raft_message& message) {
  ByteWriter out;
  out.u64(header.sender);
  out.u64(header.session);
  out.u64(header.sequence);
  out.u16(message.type);
  switch (message.type) {
    case RAFT_IO_APPEND_ENTRIES:
      write_entries(out, message.append_entries);
      break;
    case RAFT_IO_INSTALL_SNAPSHOT:
      write_snapshot(out, message.install_snapshot);
      break;
    case RAFT_IO_APPEND_ENTRIES_RESULT:
      out.u64(message.append_entries_result.term);
      out.u64(message.append_entries_result.rejected);
      out.u64(message.append_entries_result.last_log_index);
      break;
    case RAFT_IO_REQUEST_VOTE:
      write_vote(out, message.request_vote);
      break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
      out.u64(message.request_vote_result.term);
      out.u8(message.request_vote_result.vote_granted ? 1 : 0);
      out.u8(static_cast<std::uint8_t>(message.request_vote_result.pre_vote));
      break;
    case RAFT_IO_TIMEOUT_NOW:
      out.u64(message.timeout_now.term);
      out.u64(message.timeout_now.last_log_index);
      out.u64(message.timeout_now.last_log_term);
      break;
    default:
      break;
  }
  return out.take();
}

PacketHeader read_header(std::span<const std::byte> packet) {
  ByteReader in(packet);
  PacketHeader header;
  header.sender = in.u64();
  header.session = in.u64();
  header.sequence = in.u64();
  return header;
}

bool decode_message(std::span<const std::byte> packet, char* address, raft_message& message) {
  ByteReader in(packet);
  message.server_id = in.u64();
  message.server_address = address;
  in.raw(2 * sizeof(std::uint64_t));
  message.type = in.u16();
  return in.ok() && read_body(in, message);
}

void release_message(raft_message& message) {
  if (message.type == RAFT_IO_APPEND_ENTRIES && message.append_entries.n_entries > 0) {
    raft_free(message.append_entries.entries[0].batch);
    raft_free(message.append_entries.entries);
  } else if (message.type == RAFT_IO_INSTALL_SNAPSHOT) {
    raft_configuration_close(&message.install_snapshot.conf);
    raft_free(message.install_snapshot.data.base);
  }
}

std::vector<ServerRecord> read_configuration(const raft_configuration& configuration) {
  std::vector<ServerRecord> servers;
  for (unsigned i = 0; i < configuration.n; ++i) {
    const raft_server& server = configuration.servers[i];
    servers.push_back({.id = server.id, .role = server.role, .address = server.address});
  }
  return servers;
}

bool make_configuration(const std::vector<ServerRecord>& servers,
                        raft_configuration& configuration) {
  raft_configuration_init(&configuration);
  for (const ServerRecord& server : servers) {
    if (raft_configuration_add(&configuration, server.id, server.address.c_str(), server.role) !=
        0) {
      raft_configuration_close(&configuration);
      return false;
    }
  }
  return true;
}

void write_servers(ByteWriter& out, const std::vector<ServerRecord>& servers) {
  out.u32(static_cast<std::uint32_t>(servers.size()));
  for (const ServerRecord& server : servers) {
    out.u64(server.id);
    out.u32(static_cast<std::uint32_t>(server.role));
    out.text(server.address);
  }
}

std::vector<ServerRecord> read_servers(ByteReader& in) {
  std::vector<ServerRecord> servers;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    ServerRecord server;
    server.id = in.u64();
    server.role = static_cast<std::int32_t>(in.u32());
    server.address = in.text();
    servers.push_back(std::move(server));
  }
  return servers;
}

void OrderedLink::put(const PacketHeader& header, Bytes packet, norn::TimePoint now) {
  if (header.session < session_) return;
  if (header.session > session_) {
    session_ = header.session;
    next_ = header.sequence;
    early_.clear();
  }
  if (header.sequence >= next_) early_.try_emplace(header.sequence, std::move(packet), now);
}

std::optional<Bytes> OrderedLink::take() {
  if (early_.empty() || early_.begin()->first != next_) return std::nullopt;
  Bytes packet = std::move(early_.begin()->second.packet);
  early_.erase(early_.begin());
  ++next_;
  return packet;
}

void OrderedLink::skip_gaps(norn::TimePoint deadline) {
  const bool waits_too_long = std::any_of(early_.begin(), early_.end(), [&](const auto& early) {
    return early.second.arrived < deadline;
  });
  if (waits_too_long) next_ = early_.begin()->first;
}

}  // namespace norn_libraft
