#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "check/transactions/contradictions.hpp"
#include "check/transactions/cycle_story.hpp"
#include "check/transactions/list_edges.hpp"
#include "check/transactions/time_edges.hpp"

namespace norn::check {

MicroOp MicroOp::append(std::string key, std::int64_t value) {
  return {.action = Action::append, .key = std::move(key), .value = value};
}
MicroOp MicroOp::write(std::string key, std::int64_t value) {
  return {.action = Action::write, .key = std::move(key), .value = value};
}
MicroOp MicroOp::read_list(std::string key, std::vector<std::int64_t> list) {
  return {.key = std::move(key), .list = std::move(list)};
}
MicroOp MicroOp::read_register(std::string key, std::optional<std::int64_t> seen) {
  return {.key = std::move(key), .seen = seen};
}

AnomalySet TransactionVerdict::anomalies() const {
  AnomalySet set;
  for (std::size_t i = 0; i < kAnomalies; ++i) {
    if (counts.at(i) > 0) set.insert(static_cast<Anomaly>(i));
  }
  return set;
}

const Witness* TransactionVerdict::plainest() const {
  const auto least =
      std::min_element(witnesses.begin(), witnesses.end(), [](const Witness& a, const Witness& b) {
        return a.transactions.size() < b.transactions.size();
      });
  return least == witnesses.end() ? nullptr : &*least;
}

std::vector<Isolation> TransactionVerdict::strongest() const {
  return strongest_without(ruled_out | undecided);
}

namespace {

// Adds the cycles to the findings; returns whether a search was given up.
bool find_all_cycles(const txn::Index& index, const txn::Versions& versions,
                     const txn::EdgeList& edges, txn::Findings& findings) {
  const txn::Cycles cycles = txn::find_cycles(edges, index.transactions());
  for (const txn::Cycle& cycle : cycles.found) {
    std::vector<std::size_t> transactions;
    for (const txn::Edge& edge : cycle.edges) transactions.push_back(edge.from);
    findings.add(cycle.anomaly, std::move(transactions),
                 [&] { return txn::cycle_story(index, versions, cycle); });
  }
  return cycles.gave_up;
}

TransactionVerdict verdict_of(const txn::Index& index, txn::Findings& findings, bool gave_up) {
  TransactionVerdict verdict;
  verdict.counts = findings.counts();
  verdict.witnesses = std::move(findings.witnesses());
  std::sort(verdict.witnesses.begin(), verdict.witnesses.end(),
            [](const Witness& a, const Witness& b) {
              return std::tie(a.anomaly, a.transactions, a.story) <
                     std::tie(b.anomaly, b.transactions, b.story);
            });
  for (std::uint32_t i = 0; i < index.transactions(); ++i)
    verdict.committed += index.committed(i) ? 1 : 0;
  verdict.proven = index.proven();
  verdict.ruled_out = ruled_out(verdict.anomalies());
  if (gave_up && !verdict.ruled_out.contains(Isolation::consistent_view))
    verdict.undecided.insert(Isolation::consistent_view);
  return verdict;
}

}  // namespace

Result<TransactionVerdict> check_transactions(const TransactionHistory& history,
                                              const TransactionOptions& options) {
  Result<txn::Index> built = txn::Index::build(history);
  if (!built) return built.error();
  txn::Index& index = *built;
  txn::Findings findings(options.max_witnesses);
  txn::EdgeList edges(index.transactions());
  std::optional<txn::ListVersions> lists;
  std::optional<txn::RegisterVersions> registers;
  txn::Versions versions;
  if (history.workload == Workload::list_append) {
    versions.lists = &lists.emplace(index, findings);
    find_list_contradictions(index, *lists, findings);
    find_lost_updates(index, *lists, findings);
    add_list_edges(index, *lists, edges);
  } else {
    versions.registers = &registers.emplace(index, options, findings);
    find_register_contradictions(index, findings);
    find_lost_updates(index, *registers, findings);
    add_register_edges(index, *registers, edges);
  }
  add_time_edges(index, edges);
  const bool gave_up = find_all_cycles(index, versions, edges, findings);
  return verdict_of(index, findings, gave_up);
}

}  // namespace norn::check
