// libFuzzer target: whatever the bytes are, reading a history gives an error with a place, or a
// history that can be written and read again, and that each model judges or refuses. What is judged
// in two ways is judged alike.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/streaming.hpp"
#include "norn/check/transactions.hpp"
#include "norn/check/weaker.hpp"

using namespace norn::check;

namespace {

constexpr std::uint64_t kBudget = 2'000;

void must(bool condition) {
  if (!condition) std::abort();
}

// Nothing if the model refuses the history.
std::optional<Verdict> streamed(const History& history, const Model& model) {
  StreamingChecker checker(model, {.most_configurations = 64, .budget = kBudget});
  std::vector<OperationId> ids(history.operations().size(), kNone);
  for (const HistoryEvent& event : history.events()) {
    if (event.kind == HistoryEvent::Kind::crash) continue;
    const Operation& operation = history.operation(event.operation);
    if (event.kind == HistoryEvent::Kind::call) {
      const auto id = checker.call({.process = operation.process,
                                    .function = operation.function,
                                    .key = operation.key,
                                    .argument = operation.argument});
      if (!id.ok()) return std::nullopt;
      ids[event.operation] = *id;
      continue;
    }
    const auto misfit = checker.ret(ids[event.operation],
                                    {.outcome = operation.outcome, .result = operation.result});
    if (!misfit.ok()) return std::nullopt;
    if (misfit->has_value()) return Verdict::violated;
  }
  return checker.finish();
}

bool agree(std::optional<Verdict> a, std::optional<Verdict> b) {
  return !a || !b || *a == Verdict::unknown || *b == Verdict::unknown || *a == *b;
}

void judge(const History& history, const Model& model) {
  const auto result = check_linearizability(history, model, {.budget = kBudget});
  if (!result.ok()) return;
  if (result->misfit) must(!explain(history, *result->misfit).empty());
  must(agree(result->verdict, streamed(history, model)));
}

// A promise that is kept, and a weaker one that is broken.
void compare(const History& history, Consistency stronger, Consistency weaker) {
  const auto more = check_consistency(history, register_model(), stronger, {.budget = kBudget});
  const auto less = check_consistency(history, register_model(), weaker, {.budget = kBudget});
  if (!more.ok() || !less.ok()) return;
  must(more->verdict != Verdict::holds || less->verdict != Verdict::violated);
}

void judge(const History& history) {
  for (const char* const name : {"register", "cas-register", "kv", "counter", "set", "queue",
                                 "lock", "fenced-lock", "log", "bank"}) {
    judge(history, *find_model(name));
  }
  using C = Consistency;
  for (const auto& [stronger, weaker] :
       {std::pair(C::linearizable, C::sequential), std::pair(C::linearizable, C::regular),
        std::pair(C::sequential, C::causal), std::pair(C::causal, C::pram),
        std::pair(C::causal, C::writes_follow_reads), std::pair(C::pram, C::read_your_writes),
        std::pair(C::pram, C::monotonic_writes), std::pair(C::monotonic_writes, C::monotonic_reads),
        std::pair(C::durable, C::buffered_durable)}) {
    compare(history, stronger, weaker);
  }
  for (const Workload workload : {Workload::list_append, Workload::registers}) {
    const auto transactions = transactions_of(history, workload);
    if (!transactions.ok()) continue;
    const auto verdict = check_transactions(*transactions);
    if (verdict.ok()) must(!report(*transactions, *verdict).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool keys : {false, true}) {
    const auto history = read_history(text, {.keys_in_values = keys});
    if (!history.ok()) continue;
    for (const HistoryFormat format : {HistoryFormat::json_lines, HistoryFormat::edn}) {
      std::ostringstream out;
      if (history->empty() || !write_history(*history, format, out).ok()) continue;
      const auto again = read_history(out.str());
      must(again.ok() && again->events().size() == history->events().size());
    }
    judge(*history);
  }
  return 0;
}
