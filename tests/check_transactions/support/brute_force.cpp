#include "check_transactions/support/brute_force.hpp"

#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace norn::test {

namespace {

using namespace norn::check;

// Lists as they are; registers as the list of what was written: the last is the value.
using State = std::map<std::string, std::vector<std::int64_t>>;

class Search {
 public:
  Search(const TransactionHistory& history, bool snapshots, bool session, bool real_time)
      : history_(history), snapshots_(snapshots), session_(session), real_time_(real_time) {
    states_.emplace_back();
    place_.assign(history.transactions.size(), 0);
  }

  bool run() {
    bool complete = true;
    for (std::size_t i = 0; i < place_.size(); ++i)
      complete = complete && (place_[i] != 0 || at(i).outcome != TransactionOutcome::ok);
    if (complete) return true;
    for (std::size_t i = 0; i < place_.size(); ++i) {
      if (place_[i] != 0 || at(i).outcome == TransactionOutcome::failed || !fits(i)) continue;
      place_[i] = states_.size();
      order_.push_back(i);
      State after = states_.back();
      apply(i, after);
      states_.push_back(after);
      const bool found = run();
      states_.pop_back();
      order_.pop_back();
      place_[i] = 0;
      if (found) return true;
    }
    return false;
  }

 private:
  const Transaction& at(std::size_t i) const { return history_.transactions[i]; }

  static void apply(const MicroOp& op, State& state) {
    if (op.action != Action::read) state[op.key].push_back(op.value);
  }
  void apply(std::size_t i, State& state) const {
    for (const MicroOp& op : at(i).ops) apply(op, state);
  }

  bool reads_fit(std::size_t i, State state) const {
    for (const MicroOp& op : at(i).ops) {
      apply(op, state);
      if (op.action != Action::read) continue;
      const std::vector<std::int64_t>& now = state[op.key];
      if (history_.workload == Workload::list_append ? now != op.list
          : op.seen                                  ? now.empty() || now.back() != *op.seen
                                                     : !now.empty())
        return false;
    }
    return true;
  }

  bool precedes(std::size_t before, std::size_t after) const {
    if (at(before).outcome != TransactionOutcome::ok) return false;
    if (at(before).returned >= at(after).called) return false;
    return real_time_ || (session_ && at(before).process == at(after).process);
  }

  // Whether transaction i may commit next.
  bool fits(std::size_t i) const {
    std::size_t oldest = 0;  // snapshot that may be read
    for (std::size_t j = 0; j < place_.size(); ++j) {
      if (!precedes(j, i)) continue;
      if (place_[j] == 0) return false;
      oldest = std::max(oldest, place_[j]);
    }
    const std::size_t now = order_.size();
    if (at(i).outcome != TransactionOutcome::ok && !snapshots_) return true;
    for (std::size_t snapshot = snapshots_ ? oldest : now; snapshot <= now; ++snapshot) {
      if (conflicts(i, snapshot)) continue;
      if (at(i).outcome != TransactionOutcome::ok || reads_fit(i, states_[snapshot])) return true;
    }
    return false;
  }

  bool conflicts(std::size_t i, std::size_t snapshot) const {
    std::set<std::string> written;
    for (std::size_t at_place = snapshot; at_place < order_.size(); ++at_place) {
      for (const MicroOp& op : at(order_[at_place]).ops) {
        if (op.action != Action::read) written.insert(op.key);
      }
    }
    for (const MicroOp& op : at(i).ops) {
      if (op.action != Action::read && written.contains(op.key)) return true;
    }
    return false;
  }

  const TransactionHistory& history_;
  bool snapshots_;
  bool session_;
  bool real_time_;
  std::vector<State> states_;       // after each commit, from none
  std::vector<std::size_t> order_;  // of the commits
  std::vector<std::size_t> place_;  // in it, from 1; 0: not there
};

}  // namespace

bool can_explain(const TransactionHistory& history, Isolation level) {
  switch (level) {
    case Isolation::serializable:
      return Search(history, false, false, false).run();
    case Isolation::strong_session_serializable:
      return Search(history, false, true, false).run();
    case Isolation::strict_serializable:
      return Search(history, false, true, true).run();
    case Isolation::snapshot_isolation:
      return Search(history, true, false, false).run();
    case Isolation::strong_session_snapshot_isolation:
      return Search(history, true, true, false).run();
    case Isolation::strong_snapshot_isolation:
      return Search(history, true, true, true).run();
    default:
      throw std::invalid_argument("no brute force for " + std::string(name(level)));
  }
}

}  // namespace norn::test
