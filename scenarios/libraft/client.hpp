// What clients and servers say to each other, and a client that reads and writes.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>
#include <norn/sim/simulation.hpp>

#include "libraft/store.hpp"

namespace norn_libraft {

enum class Outcome : std::uint64_t {
  done,        // applied; the result is there
  not_leader,  // not even tried; ask the leader, if it is known
  lost,        // leadership was lost meanwhile: it may be applied yet, or never
};

struct Answer {
  Outcome outcome = Outcome::not_leader;
  std::uint64_t leader = 0;  // raft_id; 0: unknown
  std::int64_t result = 0;
};
// It travels as its bytes: padding among them would be different in every run.
static_assert(std::has_unique_object_representations_v<Answer>);

struct Submit {
  using Reply = Answer;
  Command command;
};

// Asks a server that leads to hand its leadership to another one.
struct TransferLeadership {};

NLOHMANN_JSON_SERIALIZE_ENUM(Operation, {{Operation::get, "get"},
                                         {Operation::put, "put"},
                                         {Operation::add, "add"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Command, client, sequence, operation, key, argument)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Submit, command)

// run_client() does one command after the other for ever. It asks the leader it believes in, tries
// again elsewhere until the command is done, and gives up after a while: whether the command was
// applied is then unknown. `answered` counts the commands that were done.
[[noreturn]] void run_client(norn::Simulation& sim, std::uint64_t client,
                             const std::vector<std::string>& servers, std::uint64_t& answered);

// run_transfers() has the leader, whoever it is, hand over its leadership now and then.
[[noreturn]] void run_transfers(const std::vector<std::string>& servers);

}  // namespace norn_libraft
