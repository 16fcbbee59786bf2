// What Debian's libraft does when it is driven by hand: what a start loads, what it answers, and
// that nothing of a life is left after a crash.
#include "support/catch.hpp"

#if __has_include(<raft.h>)

#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <norn/runtime.hpp>
#include <norn/sim.hpp>

#include "libraft/io_backend.hpp"
#include "libraft/library_call.hpp"
#include "libraft/library_heap.hpp"
#include "libraft/properties.hpp"
#include "libraft/server.hpp"
#include "libraft/state_machine.hpp"

using namespace norn_libraft;
using namespace std::chrono_literals;

namespace {

const std::vector<ServerRecord> kServers = {{.id = 1, .role = RAFT_VOTER, .address = "n1"},
                                            {.id = 2, .role = RAFT_VOTER, .address = "n2"},
                                            {.id = 3, .role = RAFT_VOTER, .address = "n3"}};

// Runs `code` in a node of a simulation: the library asks for time and randomness.
void in_node(const std::function<void()>& code) {
  norn::Simulation sim(norn::SimOptions{});
  bool done = false;
  sim.node("n1", [&] {
    code();
    done = true;
  });
  sim.run_for(1s);
  REQUIRE(done);
}

StoredEntry configuration_entry() {
  StoredEntry entry{.term = 1, .type = RAFT_CHANGE, .data = {}};
  raft_configuration configuration;
  REQUIRE(make_configuration(kServers, configuration));
  raft_buffer encoded{};
  REQUIRE(raft_configuration_encode(&configuration, &encoded) == 0);
  const auto* bytes = static_cast<const std::byte*>(encoded.base);
  entry.data.assign(bytes, bytes + encoded.len);
  raft_free(encoded.base);
  raft_configuration_close(&configuration);
  return entry;
}

StoredEntry command_entry(std::uint64_t term) {
  return {
      .term = term,
      .type = RAFT_COMMAND,
      .data = encode_command(
          {.client = 1, .sequence = 1, .operation = Operation::put, .key = "a", .argument = 5})};
}

// Server 1 of three, as the library makes it from a disk with entries of these terms behind the
// configuration.
class Follower {
 public:
  explicit Follower(std::uint64_t term, const std::vector<std::uint64_t>& log,
                    bool repair_results = false)
      : machine_(false) {
    machine_.on_applied = [] {};
    call([&] {
      Loaded loaded;
      loaded.meta = {.lives = 2, .term = term, .vote = 3};
      loaded.entries.push_back(configuration_entry());
      for (const std::uint64_t entry : log) loaded.entries.push_back(command_entry(entry));
      backend_.emplace(1, kServers, std::move(loaded), repair_results);
      REQUIRE(raft_init(&raft_, backend_->io(), machine_.fsm(), 1, "n1") == 0);
      REQUIRE(raft_start(&raft_) == 0);
    });
  }

  // Gives the library a message from server 2 and returns how it answers an AppendEntries, or
  // nothing.
  std::optional<raft_append_entries_result> receive(const std::function<void(raft_message&)>& fill,
                                                    unsigned short type) {
    std::optional<raft_append_entries_result> answer;
    call([&] {
      raft_message message{};
      message.type = type;
      fill(message);
      const Bytes packet = encode_message({.sender = 2, .session = 1, .sequence = 1}, message);
      if (type == RAFT_IO_INSTALL_SNAPSHOT)
        raft_configuration_close(&message.install_snapshot.conf);
      CHECK(backend_->receive(packet));
      effects_ = backend_->take_effects();
      for (const Outgoing& outgoing : effects_.sends) answer = outgoing.answer;
      backend_->sent();
    });
    return answer;
  }
  std::optional<raft_append_entries_result> heartbeat(std::uint64_t term, std::uint64_t prev_index,
                                                      std::uint64_t prev_term) {
    return receive(
        [&](raft_message& message) {
          message.append_entries = {.term = term,
                                    .prev_log_index = prev_index,
                                    .prev_log_term = prev_term,
                                    .leader_commit = 1,
                                    .entries = nullptr,
                                    .n_entries = 0};
        },
        RAFT_IO_APPEND_ENTRIES);
  }
  std::optional<raft_append_entries_result> install(std::uint64_t term, std::uint64_t last_index,
                                                    std::uint64_t last_term) {
    char data[] = "state";
    return receive(
        [&](raft_message& message) {
          message.install_snapshot.term = term;
          message.install_snapshot.last_index = last_index;
          message.install_snapshot.last_term = last_term;
          message.install_snapshot.conf_index = 1;
          REQUIRE(make_configuration(kServers, message.install_snapshot.conf));
          message.install_snapshot.data = {.base = data, .len = sizeof data};
        },
        RAFT_IO_INSTALL_SNAPSHOT);
  }

  const raft& state() const { return raft_; }
  const Effects& effects() const { return effects_; }

 private:
  template <class F>
  void call(F code) {
    const auto fault = call_library(heap_, code);
    INFO(fault.value_or(""));
    REQUIRE_FALSE(fault.has_value());
  }

  LibraryHeap heap_;
  StateMachine machine_;
  std::optional<IoBackend> backend_;
  raft raft_{};
  Effects effects_;
};

}  // namespace

TEST_CASE("the library starts with the term, the vote and the log that the disk held",
          "[libraft]") {
  in_node([] {
    const Follower server(7, {2, 2, 5});
    CHECK(server.state().current_term == 7);
    CHECK(server.state().voted_for == 3);
    CHECK(server.state().last_stored == 4);
    CHECK(raft_last_index(const_cast<raft*>(&server.state())) == 4);
    CHECK(server.state().configuration.n == 3);
    CHECK(server.state().state == RAFT_FOLLOWER);
  });
}

TEST_CASE("the term is noted to be made durable together with the answer that it goes with",
          "[libraft]") {
  in_node([] {
    Follower server(7, {2});
    const auto answer = server.heartbeat(8, 2, 2);
    REQUIRE(answer.has_value());
    CHECK(answer->term == 8);
    REQUIRE(server.effects().meta.has_value());
    CHECK(server.effects().meta->term == 8);
    CHECK(server.effects().meta->vote == 0);
  });
}

TEST_CASE("libraft answers an empty AppendEntries for its whole log, which repaired results mend",
          "[libraft]") {
  const bool repaired = GENERATE(false, true);
  in_node([&] {
    Follower server(2, {2, 2, 2});
    Follower mended(2, {2, 2, 2}, true);
    const auto answer = (repaired ? mended : server).heartbeat(3, 1, 1);
    REQUIRE(answer.has_value());
    CHECK(answer->rejected == 0);
    CHECK(answer->last_log_index == (repaired ? 1 : 4));
  });
}

TEST_CASE("libraft takes an entry of a later term for that of the snapshot, and does not install",
          "[libraft]") {
  in_node([] {
    Follower server(4, {4, 4});
    const auto answer = server.install(5, 3, 2);
    REQUIRE(answer.has_value());
    CHECK(answer->rejected == 0);
    CHECK(answer->last_log_index == 3);
    CHECK(server.effects().disk.empty());
    // The leader believes now that entry 3 of term 2 is there. It is not:
    const auto next = server.heartbeat(5, 3, 2);
    REQUIRE(next.has_value());
    CHECK(next->rejected == 3);
  });
  SECTION("an entry of an earlier term gives way to the snapshot") {
    in_node([] {
      Follower server(4, {1, 1});
      CHECK_FALSE(server.install(5, 3, 2).has_value());
      REQUIRE(server.effects().disk.size() == 1);
      CHECK(std::holds_alternative<PutSnapshotJob>(server.effects().disk[0]));
    });
  }
}

#if !defined(__SANITIZE_ADDRESS__)

TEST_CASE("ten thousand lives of a libraft server leave no memory behind", "[libraft]") {
  norn::Simulation sim(norn::SimOptions{});
  Properties properties(sim, kServers);
  const ServerOptions options{.servers = kServers};
  for (const ServerRecord& server : kServers)
    sim.node(server.address, [&, id = server.id] { run_server(properties, id, options); });
  const auto in_use_after = [&](int lives) {
    for (int i = 0; i < lives; ++i) {
      sim.run_for(20ms);
      sim.restart("n1");
    }
    return static_cast<std::int64_t>(mallinfo2().uordblks);
  };
  const std::int64_t few = in_use_after(200);
  const std::int64_t many = in_use_after(10'000);
  CHECK(sim.incarnation("n1") == 10'201);
  CHECK_FALSE(sim.violated().has_value());
  // A life holds more than 10 KiB; what the engine remembers of one is about 80 bytes.
  CHECK(many - few < 10'000 * 128);
}

#endif

#endif
