#include "judged_loads.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "norn/runtime.hpp"
#include "norn/sim.hpp"
#include "norn/sim/judged_history.hpp"
#include "norn/sim/workload.hpp"
#include "raft/client.hpp"
#include "raft/raft_node.hpp"

namespace norn::bench {

using namespace std::chrono_literals;

namespace {

constexpr int kClients = 10;

enum class Kind : std::uint64_t { read, write, cas };

struct Command {
  std::uint64_t number;  // of the client's commands
  std::uint64_t key;
  std::int64_t value;
  std::int64_t expected;
  Kind kind;
};
struct Done {
  std::uint64_t number;
  std::int64_t value;  // of a read; of a cas whether it was done
};
struct Append {
  std::uint64_t index;
  Command command;
};
struct Ack {
  std::uint64_t index;
};

constexpr std::int64_t kNothing = -1;

class Log {
 public:
  void add(const Command& command) {
    file_.append(std::as_bytes(std::span(&command, 1))).value();
    file_.sync().value();
  }

 private:
  File file_ = File::open("log").value();
};

class Leader {
 public:
  void run() {
    serve([this](const Command& command, Address client) { start(command, client); },
          [this](const Ack& ack) { commit(ack.index); });
  }

 private:
  void start(const Command& command, Address client) {
    const std::uint64_t index = ++last_;
    open_[index] = {command, client};
    for (const Address& follower : {second_, third_}) send(follower, Append{index, command});
    log_.add(command);
  }

  void commit(std::uint64_t index) {
    for (; applied_ < index; ++applied_) {
      const auto found = open_.find(applied_ + 1);
      const auto [command, client] = found->second;
      open_.erase(found);
      send(client, Done{command.number, apply(command)});
    }
  }

  std::int64_t apply(const Command& command) {
    std::int64_t& cell = cells_.try_emplace(command.key, kNothing).first->second;
    if (command.kind == Kind::read) return cell;
    const bool fits = command.kind == Kind::write || cell == command.expected;
    if (fits) cell = command.value;
    return fits ? 1 : 0;
  }

  struct Open {
    Command command;
    Address client;
  };
  Address second_{"n2"};
  Address third_{"n3"};
  Log log_;
  std::uint64_t last_ = 0;
  std::uint64_t applied_ = 0;
  std::map<std::uint64_t, Open> open_;
  std::map<std::uint64_t, std::int64_t> cells_;
};

void follower() {
  Log log;
  serve([&](const Append& append, Address leader) {
    log.add(append.command);
    send(leader, Ack{append.index});
  });
}

std::int64_t number_of(const check::Value& value) {
  return value.is_nil() ? kNothing : value.integer();
}

Command command_of(const check::Call& call, std::uint64_t number) {
  Command command{.number = number,
                  .key = std::stoull(call.key->string().substr(1)),
                  .value = 0,
                  .expected = 0,
                  .kind = Kind::read};
  if (call.function == "write") {
    command.kind = Kind::write;
    command.value = call.argument.integer();
  } else if (call.function == "cas") {
    command.kind = Kind::cas;
    command.expected = number_of(call.argument.list()[0]);
    command.value = number_of(call.argument.list()[1]);
  }
  return command;
}

check::Value result_of(const Command& command, const Done& done) {
  if (command.kind == Kind::write) return {};
  if (command.kind == Kind::cas) return done.value != 0;
  return done.value == kNothing ? check::Value() : check::Value(done.value);
}

class KeyValueCluster final : public Load {
 public:
  explicit KeyValueCluster(bool judged) : judged_(judged) {}

  std::uint64_t run() override {
    SimOptions options;
    options.seed = ++seed_;
    Simulation sim(options);
    std::optional<JudgedHistory> history;
    if (judged_) history.emplace(sim, "linearizable", check::cas_register_model());
    sim.node("n1", [] { Leader().run(); });
    sim.node("n2", follower);
    sim.node("n3", follower);
    std::uint64_t done = 0;
    for (int i = 1; i <= kClients; ++i)
      sim.node("c" + std::to_string(i), [&] { client(history, done); });
    sim.run_for(60s);
    if (history) history->judge();
    const RunSummary summary = sim.summary();
    NORN_ASSERT(summary.verdict == Verdict::passed && done == kClients * kOperations,
                "a run of the bench went wrong");
    return done;
  }

 private:
  static constexpr std::uint64_t kOperations = 500;

  static void client(std::optional<JudgedHistory>& history, std::uint64_t& done) {
    Workload workload(WorkloadKind::reg,
                      {.think_min = 1ms, .think_max = 10ms, .operations = kOperations});
    const Address leader("n1");
    std::uint64_t number = 0;
    while (const auto call = workload.next()) {
      check::OperationId id = check::kNone;
      if (history) id = history->call(*call);
      const Command command = command_of(*call, ++number);
      send(leader, command);
      const Done answer = receive<Done>().value;
      check::Value result = result_of(command, answer);
      workload.answered(*call, result);
      if (history) history->ok(id, std::move(result));
      ++done;
    }
  }

  bool judged_;
  std::uint64_t seed_ = 0;
};

// ---- the servers and clients of the Raft scenario

class RaftClients final : public raft_kv::ClientObserver {
 public:
  void judge(Simulation& sim) { history_.emplace(sim, "linearizable", check::key_value_model()); }
  std::uint64_t done() const { return done_; }

  void called(const raft_kv::Command& command) override {
    if (!history_) return;
    check::Call call{
        .process = command.client, .function = std::string(name(command.op)), .key = command.key};
    if (command.op == raft_kv::Op::cas) {
      call.argument = check::Value::List{command.expected, command.value};
    } else if (command.op != raft_kv::Op::get) {
      call.argument = command.value;
    }
    history_->call(std::move(call));
  }
  void returned(const raft_kv::Command& command,
                const std::optional<raft_kv::ClientReply>& reply) override {
    ++done_;
    if (!history_) return;
    const check::OperationId id = history_->open(command.client);
    if (!reply) return history_->unknown(id);
    check::Value result;
    if (command.op == raft_kv::Op::get && reply->ok) result = reply->value;
    if (command.op == raft_kv::Op::cas) result = reply->ok;
    history_->ok(id, std::move(result));
  }

 private:
  std::optional<JudgedHistory> history_;
  std::uint64_t done_ = 0;
};

class RaftCluster final : public Load {
 public:
  explicit RaftCluster(bool judged) : judged_(judged) {}

  std::uint64_t run() override {
    SimOptions options;
    options.seed = ++seed_;
    Simulation sim(options);
    raft_kv::RaftOptions raft;
    raft.cluster = {"n1", "n2", "n3"};
    raft_kv::ClientOptions asks;
    asks.servers = raft.cluster;
    raft_kv::Observer observer;
    RaftClients clients;
    if (judged_) clients.judge(sim);
    for (const std::string& server : raft.cluster)
      sim.node(server, [&] { raft_kv::RaftNode(raft, observer).run(); });
    for (int i = 1; i <= kClients; ++i)
      sim.node("c" + std::to_string(i), [&] { raft_kv::Client(asks, clients).run(); });
    sim.run_for(10s);
    NORN_ASSERT(sim.summary().verdict == Verdict::passed, "a run of the bench went wrong");
    return clients.done();
  }

 private:
  bool judged_;
  std::uint64_t seed_ = 0;
};

}  // namespace

std::unique_ptr<Load> raft_cluster(bool judged) {
  return std::make_unique<RaftCluster>(judged);
}

std::unique_ptr<Load> key_value_cluster(bool judged) {
  return std::make_unique<KeyValueCluster>(judged);
}

}  // namespace norn::bench
