// The persistent part of a Raft node, on a disk that forgets at a crash what was not synced.
#include "raft/log_store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using raft_kv::Entry;
using raft_kv::Index;
using raft_kv::LogStore;
using raft_kv::Term;

namespace {

Entry entry(Term term, const std::string& value) {
  return {
      .term = term,
      .command = {.client = 9, .sequence = 1, .op = raft_kv::Op::put, .key = "k", .value = value}};
}

norn::Bytes bytes(std::string_view text) {
  const auto data = std::as_bytes(std::span(text));
  return {data.begin(), data.end()};
}

// What a LogStore held after recover().
struct Found {
  Term term = 0;
  raft_kv::NodeId vote = 0;
  Index base = 0;
  std::vector<std::string> log = {};  // "term:value"
  std::string state = {};             // of the snapshot
};

Found look_at(const LogStore& store) {
  Found found{.term = store.term(), .vote = store.vote(), .base = store.base_index()};
  for (Index i = store.base_index() + 1; i <= store.last_index(); ++i) {
    found.log.push_back(std::to_string(store.entry(i).term) + ":" + store.entry(i).command.value);
  }
  for (const std::byte byte : store.snapshot().state)
    found.state.push_back(static_cast<char>(byte));
  return found;
}

// Gives each life of one node a LogStore to work on, crashes the node after each, and returns what
// the last life found on its disk.
Found after_lives(const std::vector<std::function<void(LogStore&)>>& lives) {
  norn::SimOptions options;
  options.seed = 7;
  norn::Simulation sim(options);
  std::size_t life = 0;
  std::optional<Found> found;
  sim.node("n1", [&] {
    LogStore store;
    store.recover();
    if (life < lives.size()) {
      lives[life](store);
    } else {
      found = look_at(store);
    }
    ++life;
    norn::sleep_for(1h);
  });
  for (std::size_t i = 0; i <= lives.size(); ++i) {
    sim.run_for(10s);
    if (i < lives.size()) {
      sim.crash("n1");
      sim.restart("n1");
    }
  }
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("A log store begins empty, and knows that it did after a crash") {
  const Found found = after_lives({[](LogStore& store) { CHECK(store.last_index() == 0); }});
  CHECK(found.term == 0);
  CHECK(found.vote == 0);
  CHECK(found.log.empty());
}

TEST_CASE("What a log store flushed survives a crash, and the rest does not") {
  const Found found = after_lives({[](LogStore& store) {
    store.set_term_and_vote(3, 2);
    store.append(entry(1, "a"));
    store.append(entry(3, "b"));
    store.flush();
    store.append(entry(3, "c"));
    store.set_term_and_vote(4, 1);
  }});
  CHECK(found.term == 3);
  CHECK(found.vote == 2);
  CHECK(found.log == std::vector<std::string>{"1:a", "3:b"});
}

TEST_CASE("An entry written over another one ends the log behind it") {
  const Found found = after_lives({[](LogStore& store) {
                                     for (const char* value : {"a", "b", "c", "d"})
                                       store.append(entry(1, value));
                                     store.flush();
                                   },
                                   [](LogStore& store) {
                                     store.cut_from(2);
                                     store.append(entry(2, "x"));
                                     store.flush();
                                   }});
  CHECK(found.log == std::vector<std::string>{"1:a", "2:x"});
}

TEST_CASE(
    "A record that a crash left half written is dropped, and later ones follow the good ones") {
  const auto life = [](const char* value) {
    return [value](LogStore& store) {
      store.append(entry(1, value));
      store.flush();
      auto wal = norn::File::open("wal");
      REQUIRE(wal.ok());
      REQUIRE(wal->append(bytes("\x20\0\0\0torn")).ok());
      REQUIRE(wal->sync().ok());
    };
  };
  CHECK(after_lives({life("a"), life("b")}).log == std::vector<std::string>{"1:a", "1:b"});
}

TEST_CASE("A record that was altered on the disk ends the log before it") {
  const Found found = after_lives({[](LogStore& store) {
    for (const char* value : {"a", "b", "c"}) {
      store.append(entry(1, value));
      store.flush();
    }
    norn::Bytes wal = norn::read_file("wal").value();
    wal[wal.size() / 2] ^= std::byte{1};
    REQUIRE(norn::replace_file("wal", wal).ok());
  }});
  CHECK(found.log.size() < 3);
}

TEST_CASE("A snapshot replaces the entries that it covers") {
  const Found found = after_lives({[](LogStore& store) {
    store.set_term_and_vote(2, 1);
    for (const char* value : {"a", "b", "c"}) store.append(entry(2, value));
    store.take_snapshot(2, bytes("state"));
    CHECK(store.last_index() == 3);
    CHECK(store.term_at(2) == 2);
  }});
  CHECK(found.term == 2);
  CHECK(found.base == 2);
  CHECK(found.state == "state");
  CHECK(found.log == std::vector<std::string>{"2:c"});
}

TEST_CASE("A crash between the snapshot and the wal loses nothing, and what follows is kept") {
  const auto snapshot_with_old_wal = [](Index last, Term last_term) {
    return [last, last_term](LogStore& store) {
      for (const char* value : {"a", "b", "c"}) store.append(entry(2, value));
      store.flush();
      const norn::Bytes old_wal = norn::read_file("wal").value();
      store.install(
          {.last_included_index = last, .last_included_term = last_term, .state = bytes("state")});
      REQUIRE(norn::replace_file("wal", old_wal).ok());
    };
  };
  const auto append_one = [](LogStore& store) {
    store.append(entry(3, "d"));
    store.flush();
  };
  const Found inside = after_lives({snapshot_with_old_wal(2, 2), append_one});
  CHECK(inside.base == 2);
  CHECK(inside.log == std::vector<std::string>{"2:c", "3:d"});
  const Found beyond = after_lives({snapshot_with_old_wal(9, 3), append_one});
  CHECK(beyond.base == 9);
  CHECK(beyond.log == std::vector<std::string>{"3:d"});
}

TEST_CASE("An installed snapshot keeps the entries behind it only if they follow it") {
  const auto life = [](Term last_term) {
    return [last_term](LogStore& store) {
      for (const char* value : {"a", "b", "c"}) store.append(entry(2, value));
      store.install(
          {.last_included_index = 2, .last_included_term = last_term, .state = bytes("theirs")});
    };
  };
  CHECK(after_lives({life(2)}).log == std::vector<std::string>{"2:c"});
  CHECK(after_lives({life(3)}).log.empty());
}

TEST_CASE("A flush of one fiber takes along what another one appended meanwhile") {
  const Found found = after_lives({[](LogStore& store) {
    store.append(entry(1, "a"));
    auto first = norn::spawn("first", [&] { store.flush(); });
    auto second = norn::spawn("second", [&] {
      store.append(entry(1, "b"));
      store.flush();
    });
    second.join();
    first.join();
  }});
  CHECK(found.log == std::vector<std::string>{"1:a", "1:b"});
}
