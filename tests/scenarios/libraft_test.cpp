// The libraft scenario: the adapter's parts, and the cluster as a whole.
// tidy: allow-file file-length (one adapter, one optional library: all behind one #if)
#include "support/catch.hpp"

#if __has_include(<raft.h>)

#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <norn/runtime.hpp>
#include <norn/sim.hpp>

#include "libraft/io_backend.hpp"
#include "libraft/library_call.hpp"
#include "libraft/library_heap.hpp"
#include "libraft/state_machine.hpp"
#include "libraft/storage.hpp"
#include "libraft/store.hpp"
#include "libraft/wire.hpp"

using namespace norn_libraft;
using namespace std::chrono_literals;

namespace {

const norn::Scenario& libraft() {
  const norn::Scenario* scenario = norn::find_scenario("libraft");
  REQUIRE(scenario != nullptr);
  return *scenario;
}

Bytes bytes_of(std::string_view text) {
  return to_bytes(std::as_bytes(std::span(text)));
}

// Runs `code` as a call into the library, with memory that is gone afterwards; returns how many
// blocks it left.
template <class F>
std::size_t in_library(F code) {
  LibraryHeap heap;
  const auto fault = call_library(heap, code);
  INFO(fault.value_or(""));
  CHECK_FALSE(fault.has_value());
  return heap.blocks();
}

std::vector<raft_entry> two_entries(Bytes& first, Bytes& second) {
  return {{.term = 3,
           .type = RAFT_COMMAND,
           .buf = {.base = first.data(), .len = first.size()},
           .batch = nullptr},
          {.term = 4,
           .type = RAFT_BARRIER,
           .buf = {.base = second.data(), .len = second.size()},
           .batch = nullptr}};
}

Bytes append_entries_packet() {
  Bytes first = bytes_of("a command");
  Bytes second;
  std::vector<raft_entry> entries = two_entries(first, second);
  raft_message message{};
  message.type = RAFT_IO_APPEND_ENTRIES;
  message.append_entries = {.term = 5,
                            .prev_log_index = 9,
                            .prev_log_term = 2,
                            .leader_commit = 8,
                            .entries = entries.data(),
                            .n_entries = 2};
  return encode_message({.sender = 2, .session = 7, .sequence = 11}, message);
}

// A node that runs each of `lives` once, crashing between them, with a disk that survives.
void run_lives(std::vector<std::function<void()>> lives, std::uint64_t seed = 1) {
  norn::SimOptions options;
  options.seed = seed;
  norn::Simulation sim(options);
  std::size_t life = 0;
  std::size_t finished = 0;
  sim.node("n", [&] {
    lives[life++]();
    ++finished;
    norn::sleep_for(1h);
  });
  for (std::size_t i = 0; i < lives.size(); ++i) {
    sim.run_for(1s);
    REQUIRE(finished == i + 1);
    if (i + 1 < lives.size()) sim.restart("n");
  }
}

StoredEntry entry(std::uint64_t term, std::string_view text) {
  return {.term = term, .type = RAFT_COMMAND, .data = bytes_of(text)};
}

Loaded open_storage(Storage& storage) {
  auto loaded = storage.open();
  REQUIRE(loaded.ok());
  return std::move(*loaded);
}

void create(Storage& storage) {
  REQUIRE(open_storage(storage).pristine);
  REQUIRE(storage.bootstrap(entry(1, "configuration")).ok());
}

std::vector<std::string> texts(const std::vector<StoredEntry>& entries) {
  std::vector<std::string> result;
  for (const StoredEntry& e : entries)
    result.emplace_back(reinterpret_cast<const char*>(e.data.data()), e.data.size());
  return result;
}

norn::SimOptions options_for(std::uint64_t seed, std::string level, norn::Duration time) {
  norn::SimOptions options;
  options.seed = seed;
  options.fault_level = std::move(level);
  options.time = time;
  return options;
}

std::uint64_t held(const norn::RunSummary& run, const std::string& property) {
  for (const norn::PropertyCount& count : run.properties) {
    if (count.name == property) return count.held;
  }
  FAIL("no property " << property);
  return 0;
}

}  // namespace

TEST_CASE("an AppendEntries message comes out of its bytes as it went in", "[libraft]") {
  const Bytes packet = append_entries_packet();
  CHECK(read_header(packet) == PacketHeader{.sender = 2, .session = 7, .sequence = 11});
  const std::size_t left = in_library([&] {
    char address[] = "n2";
    raft_message message{};
    REQUIRE(decode_message(packet, address, message));
    CHECK(message.server_id == 2);
    const raft_append_entries& args = message.append_entries;
    CHECK(args.term == 5);
    CHECK(args.prev_log_index == 9);
    CHECK(args.prev_log_term == 2);
    CHECK(args.leader_commit == 8);
    REQUIRE(args.n_entries == 2);
    CHECK(args.entries[0].term == 3);
    CHECK(args.entries[0].buf.len == 9);
    CHECK(std::memcmp(args.entries[0].buf.base, "a command", 9) == 0);
    CHECK(args.entries[1].type == RAFT_BARRIER);
    CHECK(args.entries[1].buf.len == 0);
    CHECK(args.entries[0].batch == args.entries[1].batch);
    release_message(message);
  });
  CHECK(left == 0);
}

TEST_CASE("an InstallSnapshot message keeps its configuration and its data", "[libraft]") {
  const std::vector<ServerRecord> servers = {{.id = 1, .role = RAFT_VOTER, .address = "n1"},
                                             {.id = 2, .role = RAFT_STANDBY, .address = "n2"}};
  const std::size_t left = in_library([&] {
    Bytes data = bytes_of("the state");
    raft_message message{};
    message.type = RAFT_IO_INSTALL_SNAPSHOT;
    message.install_snapshot.last_index = 40;
    REQUIRE(make_configuration(servers, message.install_snapshot.conf));
    message.install_snapshot.data = {.base = data.data(), .len = data.size()};
    const Bytes packet = encode_message({.sender = 1, .session = 1, .sequence = 1}, message);
    raft_configuration_close(&message.install_snapshot.conf);

    char address[] = "n1";
    raft_message decoded{};
    REQUIRE(decode_message(packet, address, decoded));
    CHECK(decoded.install_snapshot.last_index == 40);
    CHECK(read_configuration(decoded.install_snapshot.conf) == servers);
    CHECK(std::memcmp(decoded.install_snapshot.data.base, "the state", 9) == 0);
    release_message(decoded);
  });
  CHECK(left == 0);
}

TEST_CASE("votes and results come out of their bytes as they went in", "[libraft]") {
  raft_message vote{};
  vote.type = RAFT_IO_REQUEST_VOTE;
  vote.request_vote = {.term = 3,
                       .candidate_id = 4,
                       .last_log_index = 5,
                       .last_log_term = 2,
                       .disrupt_leader = true,
                       .pre_vote = true};
  raft_message result{};
  result.type = RAFT_IO_REQUEST_VOTE_RESULT;
  result.request_vote_result = {.term = 3, .vote_granted = true, .pre_vote = raft_tribool_false};
  char address[] = "n4";
  raft_message decoded{};
  REQUIRE(decode_message(encode_message({.sender = 4, .session = 1, .sequence = 1}, vote), address,
                         decoded));
  CHECK(decoded.request_vote.candidate_id == 4);
  CHECK(decoded.request_vote.disrupt_leader);
  CHECK(decoded.request_vote.pre_vote);
  REQUIRE(decode_message(encode_message({.sender = 4, .session = 1, .sequence = 2}, result),
                         address, decoded));
  CHECK(decoded.request_vote_result.vote_granted);
  CHECK(decoded.request_vote_result.pre_vote == raft_tribool_false);
}

TEST_CASE("a message that lacks bytes, or has too many, is refused and leaves no memory behind",
          "[libraft]") {
  const Bytes packet = append_entries_packet();
  const std::size_t left = in_library([&] {
    char address[] = "n2";
    raft_message message{};
    for (std::size_t size = 0; size < packet.size(); ++size) {
      CHECK_FALSE(decode_message(std::span(packet).first(size), address, message));
    }
    Bytes longer = packet;
    longer.push_back(std::byte{0});
    CHECK_FALSE(decode_message(longer, address, message));
  });
  CHECK(left == 0);
}

TEST_CASE("an ordered link gives out packets once and in the order of sending", "[libraft]") {
  OrderedLink link;
  const auto put = [&](std::uint64_t session, std::uint64_t sequence, norn::Duration when) {
    link.put({.sender = 1, .session = session, .sequence = sequence},
             bytes_of(std::to_string(sequence)), norn::TimePoint(when));
  };
  const auto take = [&] {
    std::string taken;
    while (auto packet = link.take()) taken += reinterpret_cast<const char&>(packet->front());
    return taken;
  };
  put(1, 3, 0ms);
  CHECK(take() == "3");
  put(1, 5, 1ms);
  put(1, 6, 2ms);
  CHECK(take().empty());
  put(1, 4, 3ms);
  CHECK(take() == "456");
  put(1, 5, 4ms);
  CHECK(take().empty());

  SECTION("what is missing is given up after a while") {
    put(1, 8, 10ms);
    link.skip_gaps(norn::TimePoint(9ms));
    CHECK(take().empty());
    link.skip_gaps(norn::TimePoint(11ms));
    CHECK(take() == "8");
    put(1, 7, 12ms);
    CHECK(take().empty());
  }
  SECTION("a later life of the sender begins anew, an earlier one is over") {
    put(2, 1, 10ms);
    CHECK(take() == "1");
    put(1, 7, 11ms);
    CHECK(take().empty());
  }
}

TEST_CASE("what the storage reported as done is there after a crash", "[libraft]") {
  run_lives({[] {
               Storage storage;
               create(storage);
               const std::vector<StoredEntry> entries = {entry(1, "one"), entry(2, "two"),
                                                         entry(2, "three")};
               REQUIRE(storage.append(entries).ok());
               REQUIRE(storage.save_meta({.lives = 1, .term = 2, .vote = 3}).ok());
             },
             [] {
               Storage storage;
               Loaded loaded = open_storage(storage);
               CHECK(loaded.meta.lives == 2);
               CHECK(loaded.meta.term == 2);
               CHECK(loaded.meta.vote == 3);
               CHECK(loaded.start_index == 1);
               CHECK(texts(loaded.entries) ==
                     std::vector<std::string>{"configuration", "one", "two", "three"});
               REQUIRE(storage.truncate(3).ok());
               const StoredEntry other = entry(4, "other");
               REQUIRE(storage.append({&other, 1}).ok());
             },
             [] {
               Storage storage;
               const Loaded loaded = open_storage(storage);
               CHECK(texts(loaded.entries) ==
                     std::vector<std::string>{"configuration", "one", "other"});
               CHECK(loaded.entries.back().term == 4);
               CHECK(storage.last_index() == 3);
             }});
}

TEST_CASE("a torn tail is cut off the log, and nothing before it", "[libraft]") {
  const Bytes next = encode_record(3, entry(1, "torn"));
  for (std::size_t size = 1; size < next.size(); ++size) {
    run_lives({[&] {
                 Storage storage;
                 create(storage);
                 const StoredEntry whole = entry(1, "whole");
                 REQUIRE(storage.append({&whole, 1}).ok());
                 auto log = norn::File::open("log-0");
                 REQUIRE(log.ok());
                 REQUIRE(log->append(std::span(next).first(size)).ok());
                 REQUIRE(log->sync().ok());
               },
               [&] {
                 Storage storage;
                 const Loaded loaded = open_storage(storage);
                 CHECK(loaded.torn_bytes == size);
                 CHECK(texts(loaded.entries) == std::vector<std::string>{"configuration", "whole"});
                 const StoredEntry after = entry(1, "after");
                 REQUIRE(storage.append({&after, 1}).ok());
               },
               [] {
                 Storage storage;
                 CHECK(texts(open_storage(storage).entries) ==
                       std::vector<std::string>{"configuration", "whole", "after"});
               }});
  }
}

TEST_CASE("an interrupted bootstrap is begun again", "[libraft]") {
  run_lives({[] {
               Storage storage;
               REQUIRE(open_storage(storage).pristine);
               const StoredEntry configuration = entry(1, "half");
               REQUIRE(storage.append({&configuration, 1}).ok());
             },
             [] {
               Storage storage;
               create(storage);
             },
             [] {
               Storage storage;
               CHECK(texts(open_storage(storage).entries) ==
                     std::vector<std::string>{"configuration"});
             }});
}

TEST_CASE("a snapshot keeps the trailing entries of the log, or replaces it", "[libraft]") {
  const std::uint64_t trailing = GENERATE(0u, 2u, 50u);
  run_lives({[&] {
               Storage storage;
               create(storage);
               const std::vector<StoredEntry> entries = {entry(1, "2"), entry(1, "3"),
                                                         entry(1, "4"), entry(1, "5")};
               REQUIRE(storage.append(entries).ok());
               const StoredSnapshot snapshot{.index = 4,
                                             .term = 1,
                                             .configuration_index = 1,
                                             .configuration = {},
                                             .data = bytes_of("state")};
               REQUIRE(storage.put_snapshot(snapshot, trailing).ok());
               const StoredEntry after = entry(2, "after");
               REQUIRE(storage.append({&after, 1}).ok());
             },
             [&] {
               Storage storage;
               const Loaded loaded = open_storage(storage);
               REQUIRE(loaded.snapshot.has_value());
               CHECK(loaded.snapshot->index == 4);
               CHECK(loaded.snapshot->data == bytes_of("state"));
               using Texts = std::vector<std::string>;
               if (trailing == 0) {
                 CHECK(loaded.start_index == 5);
                 CHECK(texts(loaded.entries) == Texts{"after"});
               } else if (trailing == 2) {
                 CHECK(loaded.start_index == 3);
                 CHECK(texts(loaded.entries) == Texts{"3", "4", "5", "after"});
               } else {
                 CHECK(loaded.start_index == 1);
                 CHECK(loaded.entries.size() == 6);
               }
             }});
}

TEST_CASE("a store does a client's command once, and its snapshot is the whole of it",
          "[libraft]") {
  Store store;
  const Command add{
      .client = 1, .sequence = 1, .operation = Operation::add, .key = "a", .argument = 5};
  CHECK(store.apply(add) == 5);
  CHECK(store.apply(add) == 5);
  CHECK(store.apply(
            {.client = 2, .sequence = 1, .operation = Operation::get, .key = "a", .argument = 0}) ==
        5);
  Store copy;
  REQUIRE(copy.restore(store.snapshot()));
  CHECK(copy.digest() == store.digest());
  CHECK(copy.apply(add) == 5);
  CHECK_FALSE(copy.restore(bytes_of("nonsense")));
}

// What the sanitizers would stop at is what is wanted here.
__attribute__((no_sanitize("address", "undefined"))) void write_nowhere() {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}

TEST_CASE("a fault inside the library is a value, and the program goes on", "[libraft]") {
  LibraryHeap heap;
  const auto bad_access = [] { write_nowhere(); };
  const auto aborts = [] { std::abort(); };
  const auto releases_twice = [] {
    void* memory = raft_malloc(10);
    raft_free(memory);
    raft_free(memory);
  };
  const auto fine = [] { raft_free(raft_malloc(10)); };
  for (int round = 0; round < 3; ++round) {
    CHECK(call_library(heap, bad_access).value_or("").find("SIGSEGV in ") == 0);
    CHECK(call_library(heap, aborts).value_or("").find("SIGABRT in ") == 0);
    CHECK(call_library(heap, releases_twice).value_or("").find("memory released twice") == 0);
    CHECK_FALSE(call_library(heap, fine).has_value());
  }
}

TEST_CASE("closing a server of the library gives all its memory back", "[libraft]") {
  const bool async_snapshots = GENERATE(false, true);
  run_lives({[&] {
    LibraryHeap heap;
    raft server{};
    StateMachine machine(async_snapshots);
    const std::vector<ServerRecord> servers = {{.id = 1, .role = RAFT_VOTER, .address = "n"}};
    Loaded loaded;
    loaded.pristine = true;
    IoBackend backend(1, servers, loaded);
    machine.on_applied = [] {};
    const auto life = [&] {
      REQUIRE(raft_init(&server, backend.io(), machine.fsm(), 1, "n") == 0);
      raft_configuration configuration;
      REQUIRE(make_configuration(servers, configuration));
      REQUIRE(raft_bootstrap(&server, &configuration) == 0);
      raft_configuration_close(&configuration);
      loaded.entries = {*backend.take_effects().bootstrap};
      loaded.meta.term = 1;
      backend.set_loaded(loaded);
      raft_set_snapshot_threshold(&server, 2);
      REQUIRE(raft_start(&server) == 0);
      REQUIRE(raft_state(&server) == RAFT_LEADER);
      for (int i = 0; i < 5; ++i) {
        static RaftApply requests[5];
        const Bytes command = encode_command(
            {.client = 1, .sequence = 1, .operation = Operation::put, .key = "a", .argument = 1});
        raft_buffer buffer{.base = raft_malloc(command.size()), .len = command.size()};
        std::copy(command.begin(), command.end(), static_cast<std::byte*>(buffer.base));
        REQUIRE(::raft_apply(&server, &requests[i], &buffer, 1, nullptr) == 0);
      }
      const Effects effects = backend.take_effects();
      REQUIRE(effects.disk.size() == 5);
      for (std::size_t i = 0; i < 4; ++i)
        backend.finish(
            {.request = std::get<AppendJob>(effects.disk[i]).request, .status = 0, .snapshot = {}});
      CHECK(heap.blocks() > 0);
      raft_close(&server, nullptr);
    };
    const auto fault = call_library(heap, life);
    CHECK_FALSE(fault.has_value());
    CHECK(heap.blocks() == 0);
  }});
}

TEST_CASE("without faults a cluster elects a leader and answers its clients", "[libraft]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const norn::RunSummary run = norn::run_seed(libraft(), options_for(seed, "calm", 10s));
    INFO("seed " << seed << ": "
                 << (run.violation ? run.violation->property + ": " + run.violation->detail : ""));
    CHECK(run.verdict == norn::Verdict::passed);
    CHECK(held(run, "clients get answers") > 0);
    CHECK(held(run, "all servers have applied what is committed") > 0);
  }
}

TEST_CASE("the same seed of libraft has the same trace", "[libraft]") {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const norn::RunSummary first = norn::run_seed(libraft(), options_for(seed, "default", 10s));
    const norn::RunSummary second = norn::run_seed(libraft(), options_for(seed, "default", 10s));
    CHECK(first.trace_hash == second.trace_hash);
    CHECK(first.events == second.events);
    hashes.insert(first.trace_hash);
  }
  CHECK(hashes.size() == 8);
}

#endif
