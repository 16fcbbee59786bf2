#include "bank_2pc/participant.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <utility>

#include "bank_2pc/keys.hpp"

using namespace std::chrono_literals;

namespace bank_2pc {

// ---- locks

bool LockTable::lock(TransactionId transaction, const std::string& key, bool exclusive) {
  Lock& lock = locks_[key];
  const bool alone =
      lock.holders.empty() || (lock.holders.size() == 1 && lock.holders.contains(transaction));
  if (!alone && (exclusive || lock.exclusive)) return false;
  lock.exclusive = lock.exclusive || exclusive;
  lock.holders.insert(transaction);
  return true;
}

void LockTable::unlock_all(TransactionId transaction) {
  for (auto at = locks_.begin(); at != locks_.end();) {
    at->second.holders.erase(transaction);
    at = at->second.holders.empty() ? locks_.erase(at) : std::next(at);
  }
}

// ---- a life

Participant::Participant(Mistake mistake, Sightings& sightings)
    : mistake_(mistake), sightings_(sightings) {
  recover();
}

void Participant::run() {
  norn::spawn("resolver", [this] { resolve(); }).detach();
  norn::serve(
      [this](const Prepare& request) { return prepare(request); },
      [this](const Decide& decision) { return decide(decision.transaction, decision.commit); });
}

// What was prepared and not committed is in doubt: it may have been aborted, or not be decided yet.
void Participant::recover() {
  for (ParticipantRecord& record : log_.take_records()) {
    if (record.kind == ParticipantRecord::Kind::prepared) {
      prepared_[record.transaction] = {std::move(record.steps), {}, norn::now()};
      continue;
    }
    const auto at = prepared_.find(record.transaction);
    if (record.kind == ParticipantRecord::Kind::committed) {
      apply(at->second.steps);
      committed_.insert(record.transaction);
    }
    prepared_.erase(at);
  }
  for (const auto& [transaction, prepared] : prepared_) {
    const bool locked = take_locks(transaction, prepared.steps);
    NORN_ASSERT(locked || mistake_ != Mistake::none, "two transactions in doubt share a lock");
  }
  sightings_.recovered_in_doubt += prepared_.size();
}

// ---- the first phase

Vote Participant::prepare(const Prepare& request) {
  const std::lock_guard lock(mutex_);
  const TransactionId transaction = request.transaction;
  if (committed_.contains(transaction)) return {};  // the request comes a second time, late
  if (const auto at = prepared_.find(transaction); at != prepared_.end()) return at->second.vote;
  Vote vote{true, request.steps};
  if (!take_locks(transaction, request.steps) || !execute(vote.steps)) {
    locks_.unlock_all(transaction);
    return {};
  }
  log_.append({ParticipantRecord::Kind::prepared, transaction, request.steps});
  prepared_[transaction] = {request.steps, vote, norn::now()};
  return vote;
}

bool Participant::take_locks(TransactionId transaction, const Steps& steps) {
  return std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
    // planted: variant reads-unlocked
    if (!step.append && mistake_ == Mistake::reads_unlocked) return true;
    return locks_.lock(transaction, step.key, step.append);
  });
}

// Fills in what reads see. False: an account would be overdrawn.
bool Participant::execute(Steps& steps) const {
  std::map<std::string, std::vector<std::int64_t>> lists = lists_;
  for (Step& step : steps) {
    std::vector<std::int64_t>& list = lists[step.key];
    if (step.append) {
      list.push_back(step.value);
      if (is_account(step.key) && kOpeningBalance + sum(list) < 0) return false;
    } else {
      step.list = list;
    }
  }
  return true;
}

// ---- the second phase

bool Participant::decide(TransactionId transaction, bool commit) {
  const std::lock_guard lock(mutex_);
  const auto at = prepared_.find(transaction);
  if (at == prepared_.end()) return true;  // it was done before
  if (commit) {
    log_.append({ParticipantRecord::Kind::committed, transaction, {}});
    apply(at->second.steps);
    committed_.insert(transaction);
  } else if (mistake_ != Mistake::forgets_abort) {  // planted: variant forgets-abort
    log_.append({ParticipantRecord::Kind::aborted, transaction, {}});
  }
  locks_.unlock_all(transaction);
  prepared_.erase(at);
  return true;
}

void Participant::apply(const Steps& steps) {
  for (const Step& step : steps) {
    if (step.append) lists_[step.key].push_back(step.value);
  }
}

// Asks about transactions that have been prepared for long.
void Participant::resolve() {
  const norn::Duration patience = norn::knob("patience", 150ms, {20ms, 1s});
  for (;; norn::sleep_for(20ms)) {
    std::vector<TransactionId> in_doubt;
    for (const auto& [transaction, prepared] : prepared_) {
      if (norn::now() >= prepared.since + patience) in_doubt.push_back(transaction);
    }
    for (const TransactionId each : in_doubt) resolve(each);
  }
}

void Participant::resolve(TransactionId transaction) {
  // planted: variants commits-in-doubt and aborts-in-doubt
  if (mistake_ == Mistake::commits_in_doubt || mistake_ == Mistake::aborts_in_doubt) {
    decide(transaction, mistake_ == Mistake::commits_in_doubt);
    return;
  }
  // planted: variant unlocks-in-doubt
  if (mistake_ == Mistake::unlocks_in_doubt) locks_.unlock_all(transaction);
  const auto fate = norn::call("coordinator", Inquire{transaction}, {.timeout = 100ms});
  if (fate && *fate != Fate::pending) decide(transaction, *fate == Fate::commit);
}

}  // namespace bank_2pc
