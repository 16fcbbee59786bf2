#include "bank_2pc/client.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "bank_2pc/keys.hpp"

using namespace std::chrono_literals;

namespace bank_2pc {

namespace {

std::string account(std::uint64_t number) {
  return "a" + std::to_string(number % kAccounts);
}
std::string note(std::uint64_t number) {
  return "n" + std::to_string(number % kNotes);
}

}  // namespace

void Client::run() {
  const norn::WorkloadMix mix("client", {{"transfer", 4}, {"audit", 2}, {"notes", 4}});
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(5ms, 60ms));
    const norn::Result<TransactionId> begun =
        norn::call("coordinator", Begin{}, {.timeout = 100ms});
    if (!begun) continue;
    const Steps steps = draw(mix.pick());
    const norn::check::OperationId number = ledger_.called(number_, steps);
    ledger_.returned(number, execute(*begun, steps));
  }
}

std::optional<Done> Client::execute(TransactionId transaction, const Steps& steps) {
  norn::send("coordinator", Execute{transaction, steps});
  const norn::TimePoint deadline = norn::now() + 400ms;
  for (;;) {
    const auto received = norn::receive_for<Done>(deadline - norn::now());
    if (!received) return std::nullopt;
    if (received->value.transaction == transaction) return received->value;
  }
}

Steps Client::draw(std::size_t kind) {
  if (kind == 0) return draw_transfer();
  return kind == 1 ? draw_audit() : draw_notes();
}

Steps Client::draw_transfer() {
  const std::uint64_t from = norn::random().below(kAccounts);
  const std::uint64_t to = from + 1 + norn::random().below(kAccounts - 1);
  const std::int64_t amount = norn::random().between(1, 60);
  const std::int64_t paid = posting(next_value(), amount);
  return {{.key = account(from)},
          {.key = account(to)},
          {.append = true, .key = account(from), .value = -paid},
          {.append = true, .key = account(to), .value = paid}};
}

Steps Client::draw_audit() {
  Steps steps;
  for (std::uint64_t i = 0; i < kAccounts; ++i) steps.push_back({.key = account(i)});
  return steps;
}

// Two or three notes, each read or appended to: what one reads another one writes.
Steps Client::draw_notes() {
  Steps steps;
  const std::uint64_t first = norn::random().below(kNotes);
  const std::uint64_t count = 2 + norn::random().below(2);
  for (std::uint64_t i = 0; i < count; ++i) {
    Step step{.append = norn::random().chance(1, 2), .key = note(first + i)};
    if (step.append) step.value = next_value();
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace bank_2pc
