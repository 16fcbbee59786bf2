// The key-value store under Raft, and the form in which its messages travel.
#include "raft/kv.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "raft/cbor.hpp"
#include "raft/messages.hpp"
#include "support/catch.hpp"

using raft_kv::Command;
using raft_kv::KvStore;
using raft_kv::Op;

namespace {

Command command(std::uint64_t sequence, Op op, std::string value, std::string expected = {}) {
  return {.client = 5,
          .sequence = sequence,
          .op = op,
          .key = "k",
          .value = std::move(value),
          .expected = std::move(expected)};
}

raft_kv::AppendEntries example() {
  raft_kv::AppendEntries append{
      .term = 3, .prev_log_index = 300, .prev_log_term = 2, .leader_commit = 70'000};
  append.entries.push_back({.term = 3, .command = command(24, Op::cas, "new", "old")});
  append.entries.push_back(
      {.term = 3, .command = command(1ULL << 40U, Op::append, std::string(300, 'x'))});
  return append;
}

}  // namespace

TEST_CASE("The store puts, appends, gets and compares") {
  KvStore store;
  CHECK_FALSE(store.apply(command(1, Op::cas, "x", "y")).outcome.ok);
  CHECK_FALSE(store.apply(command(2, Op::get, "")).outcome.ok);
  CHECK(store.apply(command(3, Op::put, "a")).outcome.value == "a");
  CHECK(store.apply(command(4, Op::append, "b")).outcome.value == "ab");
  CHECK_FALSE(store.apply(command(5, Op::cas, "c", "a")).outcome.ok);
  CHECK(store.apply(command(6, Op::cas, "c", "ab")).outcome.ok);
  CHECK(store.apply(command(7, Op::get, "")).outcome.value == "c");
}

TEST_CASE("The store executes an operation once, also after a snapshot") {
  KvStore first;
  CHECK(first.apply(command(1, Op::append, "x")).executed);
  KvStore second;
  second.restore(first.snapshot());
  for (KvStore* store : {&first, &second}) {
    const KvStore::Applied again = store->apply(command(1, Op::append, "x"));
    CHECK_FALSE(again.executed);
    CHECK(again.answerable);
    CHECK(again.outcome.value == "x");
    CHECK(store->apply(command(2, Op::append, "y")).outcome.value == "xy");
    CHECK_FALSE(store->apply(command(1, Op::append, "x")).answerable);  // the client has gone on
  }
  CHECK(first.snapshot() == second.snapshot());
}

TEST_CASE("Commands that differ in any field have different checksums") {
  const Command base = command(1, Op::put, "ab");
  std::vector<Command> others(7, base);
  others[0].client = 6;
  others[1].sequence = 2;
  others[2].op = Op::append;
  others[3].key = "l";
  others[4].value = "a";
  others[5].expected = "ab";
  others[6].key = "ka";
  others[6].value = "b";
  for (const Command& other : others) CHECK(checksum(other) != checksum(base));
}

TEST_CASE("A message comes back from its encoding, which any CBOR reader shows") {
  const norn::Bytes encoded = raft_kv::encode(example());
  const auto decoded = raft_kv::decode<raft_kv::AppendEntries>(encoded);
  REQUIRE(decoded.ok());
  CHECK(raft_kv::encode(*decoded) == encoded);
  CHECK(decoded->leader_commit == 70'000);
  CHECK(decoded->entries.at(1).command.sequence == 1ULL << 40U);

  const auto* data = reinterpret_cast<const std::uint8_t*>(encoded.data());
  const nlohmann::json shown = nlohmann::json::from_cbor(data, data + encoded.size());
  CHECK(shown.at("prev_log_index") == 300);
  CHECK(shown.at("entries").at(0).at("command").at("op") == "cas");
  CHECK(shown.at("entries").at(1).at("command").at("value") == std::string(300, 'x'));
}

TEST_CASE("Bytes that are not the whole encoding of a message are refused") {
  norn::Bytes encoded = raft_kv::encode(example());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    CHECK_FALSE(raft_kv::decode<raft_kv::AppendEntries>(std::span(encoded).first(size)).ok());
  }
  encoded.push_back(std::byte{0});
  CHECK_FALSE(raft_kv::decode<raft_kv::AppendEntries>(encoded).ok());
  CHECK_FALSE(raft_kv::decode<raft_kv::Vote>(raft_kv::encode(example())).ok());
}

TEST_CASE("Damaged encodings are refused or read, and never more than that") {
  const norn::Bytes good = raft_kv::encode(example());
  for (std::size_t place = 0; place < good.size(); ++place) {
    for (unsigned value = 0; value < 256; value += 5) {
      norn::Bytes bad = good;
      bad[place] = static_cast<std::byte>(value);
      const auto decoded = raft_kv::decode<raft_kv::AppendEntries>(bad);
      if (decoded.ok()) CHECK(decoded->entries.size() <= bad.size());
    }
  }
}
