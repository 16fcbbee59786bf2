// The judges of the Raft scenario: each is shown what it must find, and what it must let pass.
#include "raft/properties.hpp"

#include <array>
#include <string>

#include "raft/reference.hpp"
#include "support/catch.hpp"

using raft_kv::Entry;
using raft_kv::EntryMark;
using raft_kv::KvReference;
using raft_kv::KvStore;
using raft_kv::Promise;
using raft_kv::RaftProperties;
using raft_kv::Safety;

namespace {

constexpr std::uint64_t kA = 0xa;
constexpr std::uint64_t kB = 0xb;

RaftProperties three_nodes() {
  RaftProperties raft(3);
  for (const raft_kv::NodeId node : {1U, 2U, 3U}) raft.add_node(node, "n" + std::to_string(node));
  return raft;
}

// Every property but one holds, and that one does not.
void check_only(const RaftProperties& raft, Safety broken) {
  for (std::size_t i = 0; i < raft_kv::kSafetyProperties; ++i) {
    const auto property = static_cast<Safety>(i);
    INFO(name(property) << ": " << raft.broken(property));
    CHECK(raft.broken(property).empty() == (property != broken));
  }
}

void check_none(const RaftProperties& raft) {
  for (std::size_t i = 0; i < raft_kv::kSafetyProperties; ++i)
    CHECK(raft.broken(static_cast<Safety>(i)).empty());
}

Entry command(raft_kv::ClientId client, std::uint64_t sequence, const std::string& value) {
  return {.term = 1,
          .command = {.client = client,
                      .sequence = sequence,
                      .op = raft_kv::Op::put,
                      .key = "k",
                      .value = value}};
}

KvStore::Applied executed(const std::string& value) {
  return {.executed = true, .answerable = true, .outcome = {.ok = true, .value = value}};
}

}  // namespace

TEST_CASE("Two leaders of one term break election safety, a leader a term does not") {
  RaftProperties raft = three_nodes();
  raft.became_leader(1, 1);
  raft.became_leader(2, 2);
  check_none(raft);
  raft.became_leader(3, 2);
  check_only(raft, Safety::election);
}

TEST_CASE("One entry with two pasts breaks log matching") {
  RaftProperties raft = three_nodes();
  raft.appended(1, 1, {1, kA});
  raft.appended(2, 1, {2, kB});
  check_none(raft);
  raft.appended(1, 2, {3, kA});
  raft.appended(2, 2, {3, kA});
  check_only(raft, Safety::log_matching);
}

TEST_CASE("A leader without what was committed before breaks leader completeness") {
  RaftProperties raft = three_nodes();
  raft.became_leader(1, 1);
  raft.appended(1, 1, {1, kA});
  raft.appended(2, 1, {1, kA});
  raft.committed(1, 1, 1);
  raft.became_leader(2, 2);
  check_none(raft);
  raft.became_leader(3, 3);
  check_only(raft, Safety::leader_completeness);
}

TEST_CASE("Leaders of earlier terms that act late break nothing") {
  RaftProperties raft = three_nodes();
  for (const raft_kv::NodeId node : {1U, 2U}) raft.appended(node, 1, {1, kA});
  raft.became_leader(1, 1);
  raft.became_leader(2, 3);
  SECTION("with a commit") {
    raft.committed(1, 1, 1);
  }
  SECTION("with an election") {
    for (const raft_kv::NodeId node : {1U, 2U}) raft.appended(node, 2, {3, kA});
    raft.committed(2, 3, 2);
    raft.became_leader(3, 2);
  }
  check_none(raft);
}

TEST_CASE("A commit that a later leader does not have breaks leader completeness") {
  RaftProperties raft = three_nodes();
  for (const raft_kv::NodeId node : {1U, 2U}) raft.appended(node, 1, {1, kA});
  raft.became_leader(1, 1);
  raft.became_leader(3, 2);
  raft.committed(1, 1, 1);
  check_only(raft, Safety::leader_completeness);
}

TEST_CASE("Different entries applied at one index break state machine safety") {
  RaftProperties raft = three_nodes();
  for (const raft_kv::NodeId node : {1U, 2U, 3U}) raft.appended(node, 1, {1, kA});
  raft.committed(1, 1, 1);
  raft.applied(1, 1, {1, kA});
  raft.applied(2, 1, {1, kA});
  check_none(raft);
  raft.applied(3, 1, {1, kB});
  check_only(raft, Safety::state_machine);
}

TEST_CASE("An entry applied before it is committed breaks state machine safety") {
  RaftProperties raft = three_nodes();
  raft.appended(1, 1, {1, kA});
  raft.applied(1, 1, {1, kA});
  check_only(raft, Safety::state_machine);
}

TEST_CASE("A committed entry that fewer than a majority still hold breaks durability") {
  const std::array<EntryMark, 1> one = {EntryMark{1, kA}};
  RaftProperties raft = three_nodes();
  for (const raft_kv::NodeId node : {1U, 2U, 3U}) raft.appended(node, 1, {1, kA});
  raft.committed(1, 1, 1);
  raft.recovered(2, 0, 0, one);
  raft.recovered(3, 0, 0, {});
  check_none(raft);
  SECTION("by a crash") {
    raft.recovered(2, 0, 0, {});
  }
  SECTION("by a cut") {
    raft.cut(2, 1);
  }
  check_only(raft, Safety::durability);
}

TEST_CASE("A snapshot stands for the entries that it covers") {
  RaftProperties raft = three_nodes();
  for (const raft_kv::NodeId node : {1U, 2U}) {
    raft.appended(node, 1, {1, kA});
    raft.appended(node, 2, {1, kB});
  }
  raft.committed(1, 1, 2);
  raft.appended(3, 1, {2, kB});
  raft.installed(3, 2, 1, false);
  raft.recovered(2, 0, 0, {});
  raft.appended(3, 3, {3, kA});
  raft.became_leader(3, 4);
  check_none(raft);
  raft.recovered(3, 3, 3, {});
  CHECK_FALSE(raft.broken(Safety::state_machine).empty());  // entry 3 was never committed
}

TEST_CASE("An operation that is executed twice is found") {
  KvReference reference;
  reference.applied(1, command(7, 1, "x"), executed("x"));
  reference.applied(2, command(7, 1, "x"),
                    {.executed = false, .answerable = true, .outcome = {true, "x"}});
  CHECK(reference.broken(Promise::exactly_once).empty());
  reference.applied(3, command(7, 1, "x"), executed("x"));
  CHECK_FALSE(reference.broken(Promise::exactly_once).empty());
}

TEST_CASE("An outcome that differs from another node's or from a plain map's is found") {
  KvReference reference;
  reference.applied(1, command(7, 1, "x"), executed("x"));
  reference.applied(1, command(7, 1, "x"), executed("x"));
  CHECK(reference.broken(Promise::same_answers).empty());
  SECTION("another node") {
    reference.applied(1, command(7, 1, "x"), executed("y"));
  }
  SECTION("a plain map") {
    reference.applied(2, command(7, 2, "z"), executed("x"));
  }
  CHECK_FALSE(reference.broken(Promise::same_answers).empty());
}

TEST_CASE("Answers that no order of effects explains are found") {
  KvReference reference;
  reference.called(7, 1);
  reference.called(8, 1);
  reference.applied(1, command(7, 1, "x"), executed("x"));
  reference.applied(2, command(8, 1, "y"), executed("y"));
  reference.returned(8, 1, {true, "y"});
  reference.returned(7, 1,
                     {true, "x"});  // earlier in the log, but called before the other returned
  CHECK(reference.broken(Promise::linearizable).empty());
  SECTION("an effect before its call") {
    reference.called(8, 2);
    reference.called(7, 2);
    reference.applied(3, command(7, 2, "x"), executed("x"));
    reference.applied(4, command(8, 2, "y"), executed("y"));
    reference.returned(8, 2, {true, "y"});
    reference.called(8, 3);
    reference.applied(3, command(8, 3, "z"), executed("z"));
    reference.returned(8, 3, {true, "z"});
  }
  SECTION("an answer without an effect") {
    reference.called(7, 2);
    reference.returned(7, 2, {true, "x"});
  }
  SECTION("an answer that differs from the effect") {
    reference.called(7, 2);
    reference.applied(3, command(7, 2, "x"), executed("x"));
    reference.returned(7, 2, {true, "other"});
  }
  CHECK_FALSE(reference.broken(Promise::linearizable).empty());
}
