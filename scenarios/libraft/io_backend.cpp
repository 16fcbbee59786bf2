#include "libraft/io_backend.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include <norn/runtime/random.hpp>
#include <norn/runtime/time.hpp>

namespace norn_libraft {
namespace {

std::span<const std::byte> span_of(const raft_buffer& buffer) {
  return {static_cast<const std::byte*>(buffer.base), buffer.len};
}

// Memory of the library that holds a copy of the bytes of all entries, as one batch.
raft_entry* copy_entries(const std::vector<StoredEntry>& stored) {
  if (stored.empty()) return nullptr;
  std::size_t total = 1;
  for (const StoredEntry& entry : stored) total += entry.data.size();
  auto* batch = static_cast<std::byte*>(raft_malloc(total));
  auto* entries = static_cast<raft_entry*>(raft_malloc(stored.size() * sizeof(raft_entry)));
  std::byte* at = batch;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const Bytes& data = stored[i].data;
    entries[i] = {.term = stored[i].term,
                  .type = stored[i].type,
                  .buf = {.base = at, .len = data.size()},
                  .batch = batch};
    at = std::copy(data.begin(), data.end(), at);
  }
  return entries;
}

// A snapshot in memory of the library, with the one buffer that it expects.
raft_snapshot* copy_snapshot(const StoredSnapshot& stored) {
  auto* snapshot = static_cast<raft_snapshot*>(raft_malloc(sizeof(raft_snapshot)));
  snapshot->index = stored.index;
  snapshot->term = stored.term;
  snapshot->configuration_index = stored.configuration_index;
  make_configuration(stored.configuration, snapshot->configuration);
  snapshot->bufs = static_cast<raft_buffer*>(raft_malloc(sizeof(raft_buffer)));
  snapshot->n_bufs = 1;
  snapshot->bufs[0] = {.base = raft_malloc(stored.data.size() + 1), .len = stored.data.size()};
  std::copy(stored.data.begin(), stored.data.end(),
            static_cast<std::byte*>(snapshot->bufs[0].base));
  return snapshot;
}

// The configuration as the library encodes it in a log entry.
int configuration_entry(const raft_configuration* configuration, std::uint64_t term,
                        StoredEntry& entry) {
  raft_buffer encoded{};
  if (const int status = raft_configuration_encode(configuration, &encoded); status != 0)
    return status;
  entry = {.term = term, .type = RAFT_CHANGE, .data = to_bytes(span_of(encoded))};
  raft_free(encoded.base);
  return 0;
}

}  // namespace

IoBackend::IoBackend(std::uint64_t id, const std::vector<ServerRecord>& servers, Loaded loaded,
                     bool repair_results)
    : id_(id), servers_(servers), loaded_(std::move(loaded)), repair_results_(repair_results) {
  io_.version = 2;
  io_.impl = this;
  io_.init = on_init;
  io_.close = on_close;
  io_.load = on_load;
  io_.start = on_start;
  io_.bootstrap = on_bootstrap;
  io_.recover = on_recover;
  io_.set_term = on_set_term;
  io_.set_vote = on_set_vote;
  io_.send = on_send;
  io_.append = on_append;
  io_.truncate = on_truncate;
  io_.snapshot_put = on_snapshot_put;
  io_.snapshot_get = on_snapshot_get;
  io_.time = on_time;
  io_.random = on_random;
  io_.async_work = on_async_work;
}

Effects IoBackend::take_effects() {
  return std::exchange(effects_, {});
}

void IoBackend::tick() {
  tick_callback_(&io_);
}

bool IoBackend::receive(std::span<const std::byte> packet) {
  const std::uint64_t sender = read_header(packet).sender;
  const auto peer = std::find_if(servers_.begin(), servers_.end(),
                                 [&](const ServerRecord& s) { return s.id == sender; });
  raft_message message;
  if (peer == servers_.end() || !decode_message(packet, peer->address.data(), message))
    return false;
  begin_offer(message);
  receive_callback_(&io_, &message);
  matched_.offered = 0;
  return true;
}

void IoBackend::begin_offer(const raft_message& message) {
  std::uint64_t term = 0;
  std::uint64_t offered = 0;
  if (message.type == RAFT_IO_APPEND_ENTRIES) {
    term = message.append_entries.term;
    offered = message.append_entries.prev_log_index + message.append_entries.n_entries;
  } else if (message.type == RAFT_IO_INSTALL_SNAPSHOT) {
    term = message.install_snapshot.term;
    offered = message.install_snapshot.last_index;
  }
  if (term > matched_.term) matched_ = {.term = term, .index = 0, .offered = 0};
  matched_.offered = term == matched_.term ? offered : 0;
}

// An answer within the call means that what is offered was accepted; so does a write (on_append,
// on_snapshot_put).
raft_message IoBackend::repaired(const raft_message& message) {
  raft_message result = message;
  if (!repair_results_ || message.type != RAFT_IO_APPEND_ENTRIES_RESULT) return result;
  raft_append_entries_result& args = result.append_entries_result;
  if (args.rejected != 0 || args.term != matched_.term) return result;
  matched_.index = std::max(matched_.index, matched_.offered);
  args.last_log_index = std::min<std::uint64_t>(args.last_log_index, matched_.index);
  return result;
}

void IoBackend::sent() {
  for (raft_io_send* request : std::exchange(sending_, {})) request->cb(request, 0);
}

void IoBackend::finish(const Done& done) {
  const auto found = std::find(pending_.begin(), pending_.end(), done.request);
  if (found == pending_.end()) return;
  pending_.erase(found);
  int status = done.status;
  if (auto* work = std::get_if<raft_io_async_work*>(&done.request)) status = (*work)->work(*work);
  complete(done.request, status, done.snapshot);
}

void IoBackend::complete(const Request& request, int status,
                         const std::optional<StoredSnapshot>& snapshot) {
  if (status != 0) std::snprintf(io_.errmsg, sizeof io_.errmsg, "%s", raft_strerror(status));
  if (auto* get = std::get_if<raft_io_snapshot_get*>(&request)) {
    (*get)->cb(*get, status == 0 ? copy_snapshot(*snapshot) : nullptr, status);
  } else if (auto* append = std::get_if<raft_io_append*>(&request)) {
    (*append)->cb(*append, status);
  } else if (auto* put = std::get_if<raft_io_snapshot_put*>(&request)) {
    (*put)->cb(*put, status);
  } else if (auto* work = std::get_if<raft_io_async_work*>(&request)) {
    (*work)->cb(*work, status);
  }
}

int IoBackend::on_init(raft_io*, raft_id, const char*) {
  return 0;
}

void IoBackend::on_close(raft_io* io, raft_io_close_cb callback) {
  IoBackend& self = of(io);
  for (raft_io_send* request : std::exchange(self.sending_, {}))
    request->cb(request, RAFT_CANCELED);
  for (const Request& request : std::exchange(self.pending_, {}))
    self.complete(request, RAFT_CANCELED, {});
  if (callback != nullptr) callback(io);
}

int IoBackend::on_load(raft_io* io, raft_term* term, raft_id* vote, raft_snapshot** snapshot,
                       raft_index* start_index, raft_entry** entries, size_t* count) {
  IoBackend& self = of(io);
  self.meta_ = self.loaded_.meta;
  *term = self.meta_.term;
  *vote = self.meta_.vote;
  *snapshot = self.loaded_.snapshot ? copy_snapshot(*self.loaded_.snapshot) : nullptr;
  *start_index = self.loaded_.start_index;
  *entries = copy_entries(self.loaded_.entries);
  *count = self.loaded_.entries.size();
  self.next_index_ = self.loaded_.start_index + self.loaded_.entries.size();
  self.loaded_.entries = {};
  return 0;
}

int IoBackend::on_start(raft_io* io, unsigned msecs, raft_io_tick_cb tick,
                        raft_io_recv_cb receive) {
  IoBackend& self = of(io);
  self.tick_ms_ = msecs;
  self.tick_callback_ = tick;
  self.receive_callback_ = receive;
  return 0;
}

int IoBackend::on_bootstrap(raft_io* io, const raft_configuration* configuration) {
  IoBackend& self = of(io);
  if (!self.loaded_.pristine) return RAFT_CANTBOOTSTRAP;
  return configuration_entry(configuration, 1, self.effects_.bootstrap.emplace());
}

// Only for clusters that lost their quorum for good, which no scenario here asks for.
int IoBackend::on_recover(raft_io* io, const raft_configuration*) {
  std::snprintf(io->errmsg, sizeof io->errmsg, "this backend does not offer raft_recover()");
  return RAFT_INVALID;
}

int IoBackend::on_set_term(raft_io* io, raft_term term) {
  IoBackend& self = of(io);
  self.meta_.term = term;
  self.meta_.vote = 0;
  self.effects_.meta = self.meta_;
  return 0;
}

int IoBackend::on_set_vote(raft_io* io, raft_id server) {
  IoBackend& self = of(io);
  self.meta_.vote = server;
  self.effects_.meta = self.meta_;
  return 0;
}

int IoBackend::on_send(raft_io* io, raft_io_send* request, const raft_message* message,
                       raft_io_send_cb callback) {
  IoBackend& self = of(io);
  const PacketHeader header{.sender = self.id_,
                            .session = self.meta_.lives,
                            .sequence = ++self.sequences_[message->server_id]};
  const raft_message sent = self.repaired(*message);
  Outgoing outgoing{.to = sent.server_id,
                    .type = sent.type,
                    .packet = encode_message(header, sent),
                    .answer = {}};
  if (sent.type == RAFT_IO_APPEND_ENTRIES_RESULT) outgoing.answer = sent.append_entries_result;
  self.effects_.sends.push_back(std::move(outgoing));
  request->cb = callback;
  if (callback != nullptr) self.sending_.push_back(request);
  return 0;
}

int IoBackend::on_append(raft_io* io, raft_io_append* request, const raft_entry* entries,
                         unsigned count, raft_io_append_cb callback) {
  IoBackend& self = of(io);
  AppendJob job{.first_index = self.next_index_, .entries = {}, .request = request};
  for (unsigned i = 0; i < count; ++i) {
    job.entries.push_back({entries[i].term, entries[i].type, to_bytes(span_of(entries[i].buf))});
  }
  self.next_index_ += count;
  self.matched_.index = std::max(self.matched_.index, self.matched_.offered);
  request->cb = callback;
  self.pending_.emplace_back(request);
  self.effects_.disk.emplace_back(std::move(job));
  return 0;
}

int IoBackend::on_truncate(raft_io* io, raft_index index) {
  IoBackend& self = of(io);
  self.next_index_ = index;
  self.effects_.disk.emplace_back(TruncateJob{.index = index});
  return 0;
}

int IoBackend::on_snapshot_put(raft_io* io, unsigned trailing, raft_io_snapshot_put* request,
                               const raft_snapshot* snapshot, raft_io_snapshot_put_cb callback) {
  IoBackend& self = of(io);
  PutSnapshotJob job{.snapshot = {}, .trailing = trailing, .request = request};
  job.snapshot.index = snapshot->index;
  job.snapshot.term = snapshot->term;
  job.snapshot.configuration_index = snapshot->configuration_index;
  job.snapshot.configuration = read_configuration(snapshot->configuration);
  for (unsigned i = 0; i < snapshot->n_bufs; ++i) {
    const auto bytes = span_of(snapshot->bufs[i]);
    job.snapshot.data.insert(job.snapshot.data.end(), bytes.begin(), bytes.end());
  }
  if (trailing == 0) {
    self.next_index_ = snapshot->index + 1;
    self.matched_.index = std::max(self.matched_.index, self.matched_.offered);
  }
  request->cb = callback;
  self.pending_.emplace_back(request);
  self.effects_.disk.emplace_back(std::move(job));
  return 0;
}

int IoBackend::on_snapshot_get(raft_io* io, raft_io_snapshot_get* request,
                               raft_io_snapshot_get_cb callback) {
  IoBackend& self = of(io);
  request->cb = callback;
  self.pending_.emplace_back(request);
  self.effects_.disk.emplace_back(GetSnapshotJob{.request = request});
  return 0;
}

raft_time IoBackend::on_time(raft_io*) {
  return static_cast<raft_time>(
      std::chrono::floor<std::chrono::milliseconds>(norn::now().time_since_epoch()).count());
}

int IoBackend::on_random(raft_io*, int min, int max) {
  return static_cast<int>(norn::random("libraft").between(static_cast<std::int64_t>(min),
                                                          static_cast<std::int64_t>(max)));
}

int IoBackend::on_async_work(raft_io* io, raft_io_async_work* request,
                             raft_io_async_work_cb callback) {
  IoBackend& self = of(io);
  request->cb = callback;
  self.pending_.emplace_back(request);
  self.effects_.work.push_back(request);
  return 0;
}

}  // namespace norn_libraft
