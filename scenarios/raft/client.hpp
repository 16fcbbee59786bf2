// A client of the key-value store: asks, follows the leader, asks again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/message.hpp"
#include "norn/runtime/time.hpp"
#include "raft/messages.hpp"

namespace raft_kv {

struct ClientOptions {
  std::vector<std::string> servers;
  norn::Duration pause_min = std::chrono::milliseconds(5);  // from an operation to the next
  norn::Duration pause_max = std::chrono::milliseconds(60);
  norn::Duration try_timeout = std::chrono::milliseconds(100);  // for one server to answer
  norn::Duration give_up = std::chrono::seconds(2);             // after that the outcome is unknown
  std::uint64_t keys = 4;                                       // few, so that operations meet
};

// What clients show to whoever watches.
class ClientObserver {
 public:
  ClientObserver() = default;
  ClientObserver(const ClientObserver&) = delete;
  ClientObserver& operator=(const ClientObserver&) = delete;
  virtual ~ClientObserver() = default;

  virtual void called(const Command&) {}
  virtual void tried_again(const Command&) {}
  // Without a reply the client gave up: the operation may or may not take effect, now or later.
  virtual void returned(const Command&, const std::optional<ClientReply>&) {}
};

// A Client lives in the main fiber of its norn node, which calls run(). It has one operation under
// way at a time.
class Client {
 public:
  Client(const ClientOptions& options, ClientObserver& observer);

  [[noreturn]] void run();

 private:
  Command draw_command();
  std::optional<ClientReply> perform(const Command& command);
  std::optional<ClientReply> await_reply(std::uint64_t sequence, norn::TimePoint deadline);
  void choose_server(const std::optional<ClientReply>& reply);

  const ClientOptions& options_;
  ClientObserver& observer_;
  std::vector<norn::Address> servers_;
  norn::Address server_;  // the one to ask next
  std::uint64_t sequence_ = 0;
  std::uint64_t attempt_ = 0;
  bool redirected_ = false;  // the last attempt followed a hint
  std::string last_seen_;    // the value that the last operation gave: what a cas expects
};

}  // namespace raft_kv
