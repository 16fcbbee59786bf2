// ClientOperations: the operations of clients that one run comes to, and those that it leaves out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/core.hpp"
#include "norn/runtime/host/chaos.hpp"
#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// An operation is known by its client (a fiber of one life of a node) and its number. Whether it is
// made is a keyed choice without a draw: yes, but for what the options leave out and for overrides.
class ClientOperations {
 public:
  ClientOperations(Core& core, const SimOptions& options) : core_(core), options_(options) {}

  host::OperationTurn next(host::Fiber& fiber);

  std::uint64_t count() const { return count_; }  // of those that were made
  const std::vector<MadeOperation>& made() const { return made_; }

 private:
  struct Client {
    OperationClient who;
    std::uint64_t asked = 0;
    std::uint64_t after_last = 0;        // how many were left out behind the last that is made
    std::int64_t nothing_since_ns = -1;  // when the first of these came; -1: there is none
  };

  Client& client_of(const host::Fiber& fiber);
  // forget_ended() drops what is known of fibers of a node that are over: memory does not grow with
  // the time of a run.
  void forget_ended(const host::Process& process);
  const LeftOutOperations* range_of(Client& client) const;
  void note(const Client& client, const host::Fiber& fiber, bool left_out);
  static host::OperationTurn leave_out(Client& client, host::Fiber& fiber,
                                       const LeftOutOperations* range);

  Core& core_;
  const SimOptions& options_;
  std::map<std::uint64_t, Client> clients_;  // by key of the fiber in its life
  static constexpr std::size_t kFewClients = 256;
  std::size_t forget_above_ = kFewClients;
  // How many clients of a name a node had in its present life.
  struct Namesakes {
    std::uint32_t life = 0;
    std::uint64_t count = 0;
  };
  std::map<std::pair<host::NodeId, std::string>, Namesakes> namesakes_;
  std::uint64_t count_ = 0;
  std::vector<MadeOperation> made_;
};

}  // namespace norn::sim
