#include "libraft/client.hpp"

#include <optional>

#include <norn/runtime.hpp>

namespace norn_libraft {
namespace {

using namespace std::chrono_literals;

constexpr norn::Duration kCallTimeout = 300ms;
constexpr norn::Duration kGiveUpAfter = 5s;

constexpr const char* kKeys[] = {"a", "b", "c"};

Command next_command(std::uint64_t client, std::uint64_t sequence) {
  Command command{.client = client,
                  .sequence = sequence,
                  .operation = Operation::get,
                  .key = "",
                  .argument = 0};
  const std::uint64_t operation = norn::random("operation").below(4);
  if (operation == 1) command.operation = Operation::put;
  if (operation >= 2) command.operation = Operation::add;
  command.key = kKeys[norn::random("key").below(std::size(kKeys))];
  if (command.operation != Operation::get)
    command.argument = norn::random("argument").between(std::int64_t{1}, 99);
  return command;
}

// Tries until the command is done or time is up. `target` is the server asked last: an index into
// `servers`.
std::optional<std::int64_t> submit(const Command& command, const std::vector<std::string>& servers,
                                   std::size_t& target) {
  const norn::TimePoint give_up = norn::now() + kGiveUpAfter;
  while (norn::now() < give_up) {
    const auto answer = norn::call(servers[target], Submit{command}, {.timeout = kCallTimeout});
    if (answer && answer->outcome == Outcome::done) return answer->result;
    if (answer && answer->leader != 0) {
      target = static_cast<std::size_t>(answer->leader - 1) % servers.size();
    } else {
      target = (target + 1) % servers.size();
    }
    norn::sleep_for(norn::random("retry").between(5ms, 50ms));
  }
  return std::nullopt;
}

}  // namespace

void run_client(norn::Simulation& sim, std::uint64_t client,
                const std::vector<std::string>& servers, std::uint64_t& answered) {
  std::size_t target = norn::random("first server").below(servers.size());
  for (std::uint64_t sequence = 1;; ++sequence) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random("think").between(10ms, 300ms));
    const Command command = next_command(client, sequence);
    const nlohmann::json arguments = command.operation == Operation::get
                                         ? nlohmann::json::array({command.key})
                                         : nlohmann::json::array({command.key, command.argument});
    const std::uint64_t operation =
        sim.op_call(client, nlohmann::json(command.operation).get<std::string>(), arguments);
    const auto result = submit(command, servers, target);
    sim.op_return(client, operation, result ? norn::OpResult::ok : norn::OpResult::unknown,
                  result ? nlohmann::json(*result) : nlohmann::json());
    if (result) ++answered;
  }
}

void run_transfers(const std::vector<std::string>& servers) {
  for (;;) {
    norn::sleep_for(norn::random("transfer").between(1s, 8s));
    for (const std::string& server : servers) norn::send(server, TransferLeadership{});
  }
}

}  // namespace norn_libraft
