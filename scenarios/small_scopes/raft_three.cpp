// Raft with three servers and a client that writes once and reads once: small enough to be run in
// every order.
#include <optional>
#include <string>
#include <vector>

#include <norn/sim.hpp>

// tidy: allow layering (the servers of that story, in every order)
#include "raft/messages.hpp"
// tidy: allow layering (the servers of that story, in every order)
#include "raft/raft_node.hpp"
// tidy: allow layering (the servers of that story, in every order)
#include "raft/watcher.hpp"

using namespace std::chrono_literals;

namespace {

using raft_kv::ClientReply;
using raft_kv::ClientRequest;
using raft_kv::Command;
using raft_kv::Op;

// Asks one server after the other until one has done it.
class SmallClient {
 public:
  SmallClient(const std::vector<std::string>& servers, raft_kv::ClientObserver& observer)
      : servers_(servers), observer_(observer) {}

  void perform(Op op) {
    Command command{.client = norn::self().id(), .sequence = ++sequence_, .op = op, .key = "k"};
    if (op == Op::put) command.value = "v";
    observer_.called(command);
    observer_.returned(command, ask_until_done(command));
  }

 private:
  ClientReply ask_until_done(const Command& command) {
    for (;;) {
      norn::send(norn::Address(servers_[at_]), ClientRequest{command, ++attempt_});
      for (;;) {
        auto received = norn::receive_for<ClientReply>(100ms);
        if (!received.ok()) break;
        const ClientReply& reply = received->value;
        if (reply.sequence != command.sequence) continue;
        if (reply.done) return reply;
        if (reply.attempt != attempt_) continue;
        norn::sleep_for(20ms);
        break;
      }
      at_ = (at_ + 1) % servers_.size();
    }
  }

  const std::vector<std::string>& servers_;
  raft_kv::ClientObserver& observer_;
  std::size_t at_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t attempt_ = 0;
};

}  // namespace

NORN_SCENARIO(raft_three, "three Raft servers, one write and one read",
              {.time = 2s,
               .faults = "calm",
               .variants = {
                   {"vote-not-persisted",
                    "a vote is forgotten by a crash, and given again in the same term"},
                   {"ack-before-sync", "entries are acknowledged before they are on the disk"},
                   {"stale-read", "a leader answers reads from its own state, deposed or not"},
               }}) {
  raft_kv::RaftOptions options{
      .cluster = {"n1", "n2", "n3"}, .heartbeat = 200ms, .pre_vote = false};
  NORN_ASSERT(from_name(sim.variant(), options.mistake), "no such variant: see --list");
  raft_kv::Watcher watcher(sim, options.cluster.size());
  for (const std::string& name : options.cluster) {
    watcher.add_server(sim.node(name, [&] { raft_kv::RaftNode(options, watcher).run(); }), name);
  }
  bool done = false;
  const auto client = [&] {
    norn::sleep_for(301ms);  // there is a leader by then, and it has not sent a heartbeat yet
    SmallClient small(options.cluster, watcher);
    small.perform(Op::put);
    small.perform(Op::get);
    done = true;
  };
  sim.node("client", client, {.may_fail = false});
  watcher.judge(!shows_to_clients_only(options.mistake));
  sim.run_until([&] { return done; }, sim.time());
  watcher.finish();
}
