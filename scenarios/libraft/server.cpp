#include "libraft/server.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <norn/runtime.hpp>

#include "libraft/client.hpp"
#include "libraft/io_backend.hpp"
#include "libraft/library_call.hpp"
#include "libraft/library_heap.hpp"
#include "libraft/state_machine.hpp"
#include "libraft/storage.hpp"

namespace norn_libraft {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kInboxCapacity = 1024;
constexpr norn::Duration kGapPatience = 100ms;  // how long a packet may be overtaken by later ones

struct Tick {};
struct Arrived {
  Bytes packet;
};
struct Transfer {};
using Event = std::variant<Tick, Arrived, Transfer, Done, norn::Received<Submit>>;

// The life of a server from a start to a crash. The library is called from one fiber, the event
// loop; the others only wait for something and put what came into the inbox.
class Server {
 public:
  Server(Properties& properties, std::uint64_t id, const ServerOptions& options)
      : properties_(properties), id_(id), options_(options), machine_(options.async_snapshots) {}

  void run();

 private:
  // A command that the library was given and has not answered yet.
  struct Pending {
    RaftApply apply{};
    Server* server = nullptr;
    norn::Received<Submit> request;
    std::list<Pending>::iterator self;
  };

  template <class F>
  void enter(F code);
  [[noreturn]] void stop(std::string_view reason);
  void must(const norn::Result<void>& result);
  void boot();
  void configure();
  void start_fibers();
  void serve_network();
  void serve_disk();
  Done do_job(AppendJob& job);
  Done do_job(PutSnapshotJob& job);
  Done do_job(GetSnapshotJob& job);

  void handle(Tick);
  void handle(const Arrived& arrived);
  void handle(Transfer);
  void handle(const Done& done) {
    enter([&] { backend_->finish(done); });
  }
  void handle(const norn::Received<Submit>& request);
  void deliver(OrderedLink& link);
  void settle();
  void observe(const DiskJob& job);
  void observe(const Outgoing& message);
  void transmit(const Outgoing& message);
  Answer refusal(Outcome outcome);
  static void on_applied(RaftApply* apply, int status, void* result);

  Properties& properties_;
  std::uint64_t id_;
  const ServerOptions& options_;
  LibraryHeap heap_;
  StateMachine machine_;
  Storage storage_;
  std::optional<IoBackend> backend_;
  raft raft_{};
  bool started_ = false;
  std::map<std::uint64_t, OrderedLink> links_;  // by sender
  std::list<Pending> pending_;
  std::vector<std::pair<norn::Received<Submit>, Answer>> answers_;
  std::unique_ptr<RaftTransfer> transfer_;
  raft_tracer tracer_{};
  norn::Channel<Event> inbox_{kInboxCapacity};
  norn::Channel<DiskJob> disk_{kInboxCapacity};
};

// enter() is the way into the library. What it wants done shows in the backend's effects; settle()
// does that.
template <class F>
void Server::enter(F code) {
  const auto fault = call_library(heap_, code);
  if (fault) {
    heap_.abandon();
    properties_.broken("the library does not crash", id_, *fault);
    stop("the library crashed: " + *fault);
  }
  if (started_) properties_.stepped(id_, raft_, machine_.store().digest());
}

// The process is as good as gone, but its node is not: it stays silent until it is restarted.
void Server::stop(std::string_view reason) {
  norn::log(norn::Log::error, reason);
  for (;;) norn::sleep_for(1h);
}

// A server that cannot write stops, as one that exits would.
void Server::must(const norn::Result<void>& result) {
  if (!result) stop("disk: " + result.error().message);
}

void Server::run() {
  boot();
  start_fibers();
  for (;;) {
    auto event = inbox_.receive();
    std::visit([&](const auto& what) { handle(what); }, *event);
    settle();
  }
}

void Server::boot() {
  auto loaded = storage_.open();
  if (!loaded) stop("disk: " + loaded.error().message);
  properties_.started(id_, *loaded);
  const bool pristine = loaded->pristine;
  backend_.emplace(id_, options_.servers, std::move(*loaded), options_.repair_results);
  int status = 0;
  enter([&] { configure(); });
  if (pristine) {
    enter([&] {
      raft_configuration configuration;
      make_configuration(options_.servers, configuration);
      status = raft_bootstrap(&raft_, &configuration);
      raft_configuration_close(&configuration);
    });
    Effects effects = backend_->take_effects();
    if (status != 0 || !effects.bootstrap)
      stop("raft_bootstrap: " + std::string(raft_errmsg(&raft_)));
    must(storage_.bootstrap(*effects.bootstrap));
    properties_.appended(id_, 1, {&*effects.bootstrap, 1});
    backend_->set_loaded({.meta = {.lives = 1, .term = 1, .vote = 0},
                          .snapshot = {},
                          .entries = {*effects.bootstrap}});
  }
  enter([&] { status = raft_start(&raft_); });
  if (status != 0) {
    properties_.broken("a server starts from what it wrote", id_, raft_errmsg(&raft_));
    stop("raft_start failed");
  }
  started_ = true;
  enter([] {});
  settle();
}

void Server::configure() {
  const auto own = std::find_if(options_.servers.begin(), options_.servers.end(),
                                [&](const ServerRecord& server) { return server.id == id_; });
  raft_init(&raft_, backend_->io(), machine_.fsm(), id_, own->address.c_str());
  raft_.tracer = &tracer_;
  raft_set_election_timeout(&raft_, options_.election_timeout_ms);
  raft_set_heartbeat_timeout(&raft_, options_.heartbeat_ms);
  raft_set_install_snapshot_timeout(&raft_, options_.election_timeout_ms);
  raft_set_snapshot_threshold(&raft_, options_.snapshot_threshold);
  raft_set_snapshot_trailing(&raft_, options_.snapshot_trailing);
  raft_set_pre_vote(&raft_, options_.pre_vote);
  machine_.on_applied = [this] {
    properties_.applied(id_, raft_.last_applied + 1, machine_.store().digest());
  };
}

void Server::start_fibers() {
  norn::spawn("network", [this] { serve_network(); }).detach();
  norn::spawn("disk", [this] { serve_disk(); }).detach();
  norn::spawn("requests", [this] {
    for (;;) inbox_.send(norn::receive<Submit>());
  }).detach();
  norn::spawn("ticks", [this] {
    for (;;) {
      norn::sleep_for(std::chrono::milliseconds(backend_->tick_ms()));
      inbox_.send(Tick{});
    }
  }).detach();
}

void Server::serve_network() {
  const auto arrived = [this](const Packet& packet) { inbox_.send(Arrived{packet.bytes}); };
  norn::serve([&](const AppendEntries& packet) { arrived(packet); },
              [&](const AppendEntriesResult& packet) { arrived(packet); },
              [&](const RequestVote& packet) { arrived(packet); },
              [&](const RequestVoteResult& packet) { arrived(packet); },
              [&](const InstallSnapshot& packet) { arrived(packet); },
              [&](const TimeoutNow& packet) { arrived(packet); },
              [&](const TransferLeadership&) { inbox_.send(Transfer{}); });
}

void Server::serve_disk() {
  for (;;) {
    auto job = disk_.receive();
    if (auto* truncate = std::get_if<TruncateJob>(&*job)) {
      must(storage_.truncate(truncate->index));
    } else if (auto* append = std::get_if<AppendJob>(&*job)) {
      inbox_.send(do_job(*append));
    } else if (auto* put = std::get_if<PutSnapshotJob>(&*job)) {
      inbox_.send(do_job(*put));
    } else if (auto* get = std::get_if<GetSnapshotJob>(&*job)) {
      inbox_.send(do_job(*get));
    }
  }
}

Done Server::do_job(AppendJob& job) {
  const auto result = storage_.append(job.entries);
  return {.request = job.request, .status = result ? 0 : RAFT_IOERR, .snapshot = {}};
}

Done Server::do_job(PutSnapshotJob& job) {
  const auto result = storage_.put_snapshot(job.snapshot, job.trailing);
  return {.request = job.request, .status = result ? 0 : RAFT_IOERR, .snapshot = {}};
}

Done Server::do_job(GetSnapshotJob& job) {
  auto result = storage_.read_snapshot();
  if (!result || !*result) return {.request = job.request, .status = RAFT_IOERR, .snapshot = {}};
  return {.request = job.request, .status = 0, .snapshot = std::move(*result)};
}

void Server::handle(Tick) {
  for (auto& [sender, link] : links_) {
    link.skip_gaps(norn::now() - kGapPatience);
    deliver(link);
  }
  enter([&] { backend_->tick(); });
}

void Server::handle(const Arrived& arrived) {
  if (!options_.ordered_links) {
    enter([&] { backend_->receive(arrived.packet); });
    return;
  }
  const PacketHeader header = read_header(arrived.packet);
  OrderedLink& link = links_[header.sender];
  link.put(header, arrived.packet, norn::now());
  deliver(link);
}

void Server::deliver(OrderedLink& link) {
  while (auto packet = link.take()) {
    enter([&] { backend_->receive(*packet); });
    settle();
  }
}

void Server::handle(Transfer) {
  if (raft_state(&raft_) != RAFT_LEADER || transfer_ != nullptr) return;
  transfer_ = std::make_unique<RaftTransfer>();
  transfer_->data = this;
  int status = 0;
  enter([&] {
    status = ::raft_transfer(&raft_, transfer_.get(), 0, [](RaftTransfer* request) {
      static_cast<Server*>(request->data)->transfer_.reset();
    });
  });
  if (status != 0) transfer_.reset();
}

void Server::handle(const norn::Received<Submit>& request) {
  Pending& pending = pending_.emplace_back();
  pending.server = this;
  pending.request = request;
  pending.self = std::prev(pending_.end());
  pending.apply.data = &pending;
  const Bytes command = encode_command(request.value.command);
  int status = 0;
  enter([&] {
    raft_buffer buffer{.base = raft_malloc(command.size()), .len = command.size()};
    std::copy(command.begin(), command.end(), static_cast<std::byte*>(buffer.base));
    status = ::raft_apply(&raft_, &pending.apply, &buffer, 1, on_applied);
    if (status != 0) raft_free(buffer.base);
  });
  if (status != 0) {
    answers_.emplace_back(request, refusal(Outcome::not_leader));
    pending_.pop_back();
  }
}

void Server::on_applied(RaftApply* apply, int status, void* result) {
  const auto* pending = static_cast<Pending*>(apply->data);
  Server& server = *pending->server;
  const Answer answer = status == 0
                            ? Answer{Outcome::done, server.id_, *static_cast<std::int64_t*>(result)}
                            : server.refusal(Outcome::lost);
  server.answers_.emplace_back(pending->request, answer);
  server.pending_.erase(pending->self);
}

Answer Server::refusal(Outcome outcome) {
  raft_id leader = 0;
  const char* address = nullptr;
  raft_leader(&raft_, &leader, &address);
  return {.outcome = outcome, .leader = leader, .result = 0};
}

// Makes happen what the library asked for: first the term and the vote become durable, then the
// rest.
void Server::settle() {
  for (bool more = true; more;) {
    Effects effects = backend_->take_effects();
    if (effects.meta) must(storage_.save_meta(*effects.meta));
    for (const Outgoing& message : effects.sends) {
      observe(message);
      transmit(message);
    }
    for (DiskJob& job : effects.disk) {
      observe(job);
      disk_.send(std::move(job));
    }
    for (raft_io_async_work* work : effects.work) {
      norn::spawn("work", [this, work] {
        norn::sleep_for(norn::random("work").between(100us, 20ms));
        inbox_.send(Done{.request = work, .status = 0, .snapshot = {}});
      }).detach();
    }
    for (const auto& [request, answer] : std::exchange(answers_, {})) norn::reply(request, answer);
    more = !effects.sends.empty();
    if (more) enter([&] { backend_->sent(); });
  }
}

void Server::observe(const DiskJob& job) {
  if (auto* append = std::get_if<AppendJob>(&job))
    properties_.appended(id_, append->first_index, append->entries);
  if (auto* truncate = std::get_if<TruncateJob>(&job)) properties_.truncated(id_, truncate->index);
  if (auto* put = std::get_if<PutSnapshotJob>(&job))
    properties_.snapshot_put(id_, put->snapshot.index, put->trailing == 0);
}

void Server::observe(const Outgoing& message) {
  if (message.answer && message.answer->rejected == 0)
    properties_.answered(id_, message.to, message.answer->term, message.answer->last_log_index);
}

void Server::transmit(const Outgoing& message) {
  const auto peer =
      std::find_if(options_.servers.begin(), options_.servers.end(),
                   [&](const ServerRecord& server) { return server.id == message.to; });
  if (peer == options_.servers.end()) return;
  const norn::Address to(peer->address);
  switch (message.type) {
    case RAFT_IO_APPEND_ENTRIES:
      return norn::send(to, AppendEntries{{message.packet}});
    case RAFT_IO_APPEND_ENTRIES_RESULT:
      return norn::send(to, AppendEntriesResult{{message.packet}});
    case RAFT_IO_REQUEST_VOTE:
      return norn::send(to, RequestVote{{message.packet}});
    case RAFT_IO_REQUEST_VOTE_RESULT:
      return norn::send(to, RequestVoteResult{{message.packet}});
    case RAFT_IO_INSTALL_SNAPSHOT:
      return norn::send(to, InstallSnapshot{{message.packet}});
    case RAFT_IO_TIMEOUT_NOW:
      return norn::send(to, TimeoutNow{{message.packet}});
    default:
      return;
  }
}

}  // namespace

void run_server(Properties& properties, std::uint64_t id, const ServerOptions& options) {
  Server(properties, id, options).run();
}

}  // namespace norn_libraft
