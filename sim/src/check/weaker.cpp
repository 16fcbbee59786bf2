#include "norn/check/weaker.hpp"

#include <array>

#include "check/weaker_registers.hpp"
#include "check/weaker_searches.hpp"

namespace norn::check {

namespace {

constexpr std::array<std::string_view, kConsistencies> kNames = {
    "linearizable",     "sequential",      "causal",           "pram",
    "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads",
    "regular",          "durable",         "buffered-durable"};

// Crash events are no operations: what was open then may have taken effect at any time, or not.
Result<ConsistencyResult> check_linearizable(const History& history, const Model& model,
                                             const ConsistencyOptions& options) {
  const auto judged = check_linearizability(history, model, {.budget = options.budget});
  if (!judged) return judged.error();
  ConsistencyResult result;
  result.verdict = judged->verdict;
  result.steps = judged->steps;
  if (!judged->misfit) return result;
  result.breach.emplace();
  result.breach->pattern = "fits nowhere";
  result.breach->story = explain(history, *judged->misfit);
  result.breach->operations = {judged->misfit->operation};
  return result;
}

std::optional<ConsistencyBreach> find_breach(const RegisterHistory& registers,
                                             Consistency consistency) {
  if (registers.thin_air()) return registers.thin_air();
  if (registers.accesses().empty()) return std::nullopt;
  switch (consistency) {
    case Consistency::causal:
      return find_causal_breach(registers);
    case Consistency::pram:
      return find_pram_breach(registers);
    case Consistency::regular:
      return find_regularity_breach(registers);
    default:
      return find_session_breach(registers, consistency);
  }
}

}  // namespace

std::string_view name(Consistency consistency) {
  return kNames.at(static_cast<std::size_t>(consistency));
}

std::optional<Consistency> consistency_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<Consistency>(i);
  }
  return std::nullopt;
}

Result<ConsistencyResult> check_consistency(const History& history, const Model& model,
                                            Consistency consistency,
                                            const ConsistencyOptions& options) {
  switch (consistency) {
    case Consistency::linearizable:
    case Consistency::durable:
      return check_linearizable(history, model, options);
    case Consistency::sequential:
      return check_sequential(history, model, options);
    case Consistency::buffered_durable:
      return check_buffered_durable(history, model, options);
    default:
      break;
  }
  const Result<RegisterHistory> registers = RegisterHistory::make(history);
  if (!registers) return registers.error();
  ConsistencyResult result;
  result.breach = find_breach(*registers, consistency);
  if (result.breach) result.verdict = Verdict::violated;
  return result;
}

}  // namespace norn::check
