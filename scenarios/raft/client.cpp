#include "raft/client.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/operation.hpp"
#include "norn/runtime/random.hpp"

namespace raft_kv {

Client::Client(const ClientOptions& options, ClientObserver& observer)
    : options_(options), observer_(observer) {
  for (const std::string& server : options_.servers) servers_.emplace_back(server);
  server_ = servers_[norn::random().below(servers_.size())];
}

void Client::run() {
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(options_.pause_min, options_.pause_max));
    const Command command = draw_command();
    observer_.called(command);
    const std::optional<ClientReply> reply = perform(command);
    observer_.returned(command, reply);
    if (reply) last_seen_ = reply->value;
  }
}

Command Client::draw_command() {
  Command command{.client = norn::self().id(), .sequence = ++sequence_};
  const std::string unique =
      std::to_string(command.client) + "." + std::to_string(command.sequence);
  command.key = "k" + std::to_string(norn::random().below(options_.keys));
  const std::uint64_t choice = norn::random().below(10);
  if (choice < 3) {
    command.op = Op::get;
  } else if (choice < 6) {
    command.op = Op::put;
    command.value = unique;
  } else if (choice < 8) {
    command.op = Op::append;
    command.value = "," + unique;
  } else {
    command.op = Op::cas;
    command.value = unique;
    command.expected = last_seen_;
  }
  return command;
}

std::optional<ClientReply> Client::perform(const Command& command) {
  const norn::TimePoint deadline = norn::now() + options_.give_up;
  for (bool first = true; norn::now() < deadline; first = false) {
    if (!first) observer_.tried_again(command);
    norn::send(server_, ClientRequest{command, ++attempt_});
    std::optional<ClientReply> reply =
        await_reply(command.sequence, std::min(deadline, norn::now() + options_.try_timeout));
    if (reply && reply->done) return reply;
    choose_server(reply);
  }
  return std::nullopt;
}

// Answers to earlier operations may still come, and refusals of earlier attempts. To act on these
// would multiply the requests, with every message that the network repeats.
std::optional<ClientReply> Client::await_reply(std::uint64_t sequence, norn::TimePoint deadline) {
  for (;;) {
    auto received = norn::receive_for<ClientReply>(deadline - norn::now());
    if (!received.ok()) return std::nullopt;
    ClientReply& reply = received->value;
    if (reply.sequence == sequence && (reply.done || reply.attempt == attempt_))
      return std::move(reply);
  }
}

// Follows a hint at once, but not from hint to hint: two servers may each take the other for the
// leader.
void Client::choose_server(const std::optional<ClientReply>& reply) {
  redirected_ = !redirected_ && reply && reply->leader_hint != 0;
  if (redirected_) {
    server_ = norn::Address::from_id(reply->leader_hint);
    return;
  }
  server_ = servers_[norn::random().below(servers_.size())];
  if (reply)
    norn::sleep_for(norn::random().between(options_.try_timeout / 10, options_.try_timeout / 2));
}

}  // namespace raft_kv
