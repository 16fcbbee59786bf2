// IoBackend: the library's raft_io, turned from callbacks that must not block into effects and
// completions.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "libraft/library.hpp"
#include "libraft/storage.hpp"
#include "libraft/wire.hpp"

namespace norn_libraft {

// What the library asked for during a call, in its order. Nothing of it has happened yet.
struct Outgoing {
  std::uint64_t to = 0;  // raft_id
  unsigned short type = 0;
  Bytes packet;
  std::optional<raft_append_entries_result> answer{};  // what the packet says, if it is one
};
struct AppendJob {
  std::uint64_t first_index = 0;
  std::vector<StoredEntry> entries;
  raft_io_append* request = nullptr;
};
struct TruncateJob {
  std::uint64_t index = 0;
};
struct PutSnapshotJob {
  StoredSnapshot snapshot;
  std::uint64_t trailing = 0;
  raft_io_snapshot_put* request = nullptr;
};
struct GetSnapshotJob {
  raft_io_snapshot_get* request = nullptr;
};
using DiskJob = std::variant<AppendJob, TruncateJob, PutSnapshotJob, GetSnapshotJob>;

struct Effects {
  std::optional<Meta> meta;              // term and vote changed
  std::optional<StoredEntry> bootstrap;  // raft_bootstrap() was called
  std::vector<Outgoing> sends;
  std::vector<DiskJob> disk;              // to be done one after the other
  std::vector<raft_io_async_work*> work;  // to be done some time later
};

using Request = std::variant<raft_io_append*, raft_io_snapshot_put*, raft_io_snapshot_get*,
                             raft_io_async_work*>;

// The end of something that was asked for.
struct Done {
  Request request;
  int status = 0;
  std::optional<StoredSnapshot> snapshot;  // of a raft_io_snapshot_get
};

// The library wants set_term() and set_vote() to be durable when they return, and yet a callback
// out of C code must not block its fiber here. So callbacks only note what is wanted; the owner
// makes it happen after the call into the library returned: first meta is made durable, then
// messages leave and jobs start. Nothing that the library did since then can be seen from outside
// before, which is all that "durable when it returns" can promise. All functions but the
// constructor, io() and take_effects() call the library and belong inside call_library().
class IoBackend {
 public:
  // `servers` are the addresses to be given with messages that arrive. With `repair_results`, see
  // Matched.
  IoBackend(std::uint64_t id, const std::vector<ServerRecord>& servers, Loaded loaded,
            bool repair_results = false);
  IoBackend(const IoBackend&) = delete;
  IoBackend& operator=(const IoBackend&) = delete;

  raft_io* io() { return &io_; }
  const Loaded& loaded() const { return loaded_; }
  // set_loaded() replaces what load() will report, after a bootstrap.
  void set_loaded(Loaded loaded) { loaded_ = std::move(loaded); }
  // How often tick() wants to be called; 0 before raft_start().
  unsigned tick_ms() const { return tick_ms_; }

  Effects take_effects();

  void tick();
  // receive() gives a packet to the library; returns false when it is damaged or from a stranger.
  bool receive(std::span<const std::byte> packet);
  // sent() ends the sends that take_effects() gave out: their bytes have left.
  void sent();
  // finish() ends a request; one that close() has cancelled is ignored.
  void finish(const Done& done);

 private:
  static IoBackend& of(raft_io* io) { return *static_cast<IoBackend*>(io->impl); }
  static int on_init(raft_io* io, raft_id id, const char* address);
  static void on_close(raft_io* io, raft_io_close_cb callback);
  static int on_load(raft_io* io, raft_term* term, raft_id* vote, raft_snapshot** snapshot,
                     raft_index* start_index, raft_entry** entries, size_t* count);
  static int on_start(raft_io* io, unsigned msecs, raft_io_tick_cb tick, raft_io_recv_cb receive);
  static int on_bootstrap(raft_io* io, const raft_configuration* configuration);
  static int on_recover(raft_io* io, const raft_configuration* configuration);
  static int on_set_term(raft_io* io, raft_term term);
  static int on_set_vote(raft_io* io, raft_id server);
  static int on_send(raft_io* io, raft_io_send* request, const raft_message* message,
                     raft_io_send_cb callback);
  static int on_append(raft_io* io, raft_io_append* request, const raft_entry* entries,
                       unsigned count, raft_io_append_cb callback);
  static int on_truncate(raft_io* io, raft_index index);
  static int on_snapshot_put(raft_io* io, unsigned trailing, raft_io_snapshot_put* request,
                             const raft_snapshot* snapshot, raft_io_snapshot_put_cb callback);
  static int on_snapshot_get(raft_io* io, raft_io_snapshot_get* request,
                             raft_io_snapshot_get_cb callback);
  static raft_time on_time(raft_io* io);
  static int on_random(raft_io* io, int min, int max);
  static int on_async_work(raft_io* io, raft_io_async_work* request,
                           raft_io_async_work_cb callback);

  // How far this server's log is known to equal that of the leader of `term`: up to the last entry
  // of the AppendEntries, or the index of the snapshot, that it accepted from it. The library
  // answers with the length of its log instead (README.md, "An answer that says too much"); a
  // repaired answer goes no further than this.
  struct Matched {
    std::uint64_t term = 0;
    std::uint64_t index = 0;
    std::uint64_t offered = 0;  // by the message that the library looks at
  };
  void begin_offer(const raft_message& message);
  raft_message repaired(const raft_message& message);

  void complete(const Request& request, int status, const std::optional<StoredSnapshot>& snapshot);

  raft_io io_{};
  std::uint64_t id_;
  std::vector<ServerRecord> servers_;
  Loaded loaded_;
  Meta meta_;
  std::uint64_t next_index_ = 1;  // raft_io.append() does not say where the entries go
  unsigned tick_ms_ = 0;
  raft_io_tick_cb tick_callback_ = nullptr;
  raft_io_recv_cb receive_callback_ = nullptr;
  bool repair_results_;
  Matched matched_;
  Effects effects_;
  std::vector<raft_io_send*> sending_;  // those with a callback: the others may be gone already
  std::vector<Request> pending_;
  std::map<std::uint64_t, std::uint64_t> sequences_;  // of packets, by receiver
};

}  // namespace norn_libraft
