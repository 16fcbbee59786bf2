#include "bank_2pc/coordinator.hpp"

#include <chrono>
#include <utility>

#include "bank_2pc/keys.hpp"

using namespace std::chrono_literals;

namespace bank_2pc {

namespace {

constexpr norn::CallOptions kVoting{.timeout = 100ms};
constexpr norn::CallOptions kTelling{.timeout = 50ms};

}  // namespace

// ---- a life

Coordinator::Coordinator(Mistake mistake, Sightings& sightings)
    : mistake_(mistake), sightings_(sightings) {
  recover();
}

void Coordinator::recover() {
  std::map<TransactionId, std::vector<std::string>> unfinished;
  for (CoordinatorRecord& record : log_.take_records()) {
    switch (record.kind) {
      case CoordinatorRecord::Kind::life:
        life_ = record.number;
        break;
      case CoordinatorRecord::Kind::committed:
        committed_.insert(record.number);
        unfinished[record.number] = std::move(record.participants);
        break;
      case CoordinatorRecord::Kind::ended:
        unfinished.erase(record.number);
        break;
    }
  }
  log_.append({CoordinatorRecord::Kind::life, ++life_, {}});
  sightings_.repeated_commits += unfinished.size();
  for (auto& [transaction, participants] : unfinished) {
    norn::spawn("finish", [this, id = transaction, names = std::move(participants)] {
      finish(id, names);
    }).detach();
  }
}

void Coordinator::run() {
  norn::serve([this](const Begin&) { return begin(); },
              [this](const Execute& request, norn::Address client) { start(request, client); },
              [this](const Inquire& question) { return fate_of(question.transaction); });
}

TransactionId Coordinator::begin() {
  const TransactionId transaction = life_ << 32U | ++count_;
  open_.insert(transaction);
  return transaction;
}

// A request that comes twice, or comes from an earlier life, finds no open transaction.
void Coordinator::start(const Execute& request, norn::Address client) {
  if (open_.erase(request.transaction) == 0) return;
  deciding_.insert(request.transaction);
  norn::spawn("execute", [this, id = request.transaction, steps = request.steps, client] {
    execute(id, steps, client);
  }).detach();
}

// ---- the two phases

void Coordinator::execute(TransactionId transaction, Steps steps, norn::Address client) {
  Parts parts;
  for (const Step& step : steps) parts[home_of(step.key)].push_back(step);
  std::vector<std::string> participants;
  for (const auto& [name, part] : parts) participants.push_back(name);
  if (!collect_votes(transaction, parts)) {
    deciding_.erase(transaction);
    norn::send(client, Done{transaction, false, {}});
    for (const std::string& name : participants)
      norn::call(name, Decide{transaction, false}, kTelling).ok();
    return;
  }
  decide_commit(transaction, participants);
  // Each participant answered its steps, in their order.
  std::map<std::string, std::size_t> next;
  for (Step& step : steps) {
    const std::string home = home_of(step.key);
    step = parts[home][next[home]++];
  }
  norn::send(client, Done{transaction, true, steps});
  finish(transaction, participants);
}

bool Coordinator::collect_votes(TransactionId transaction, Parts& parts) {
  std::size_t yes = 0;
  norn::TaskGroup group;
  for (auto& [name, part] : parts) {
    group.spawn("prepare", [&yes, &part, to = name, transaction] {
      norn::Result<Vote> vote = norn::call(to, Prepare{transaction, part}, kVoting);
      if (!vote || !vote->yes) return;
      part = std::move(vote->steps);
      ++yes;
    });
  }
  group.join();
  return yes == parts.size();
}

void Coordinator::decide_commit(TransactionId transaction,
                                const std::vector<std::string>& participants) {
  // planted: variant forgets-decision
  if (mistake_ != Mistake::forgets_decision)
    log_.append({CoordinatorRecord::Kind::committed, transaction, participants});
  committed_.insert(transaction);
  deciding_.erase(transaction);
}

void Coordinator::finish(TransactionId transaction, const std::vector<std::string>& participants) {
  norn::TaskGroup group;
  for (const std::string& name : participants) {
    group.spawn("commit", [name, transaction] {
      while (!norn::call(name, Decide{transaction, true}, kTelling).ok()) norn::sleep_for(20ms);
    });
  }
  group.join();
  if (mistake_ != Mistake::forgets_decision)
    log_.append({CoordinatorRecord::Kind::ended, transaction, {}});
}

Fate Coordinator::fate_of(TransactionId transaction) const {
  if (open_.contains(transaction) || deciding_.contains(transaction)) return Fate::pending;
  return committed_.contains(transaction) ? Fate::commit : Fate::abort;
}

}  // namespace bank_2pc
