#include "actors/directory.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "actors/actor_system.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/registry.hpp"

namespace norn::detail {

namespace {

std::string_view node_name(host::NodeId node) {
  return host::Scheduler::current()->world().node_name(node);
}

// The order in which actors have a name: by node, in the alphabet, then by age.
bool goes_before(const Pid& a, const Pid& b) {
  return std::tuple(node_name(a.node), a.incarnation, a.id) <
         std::tuple(node_name(b.node), b.incarnation, b.id);
}

// How long a claim is kept for an actor whose node has not said that it has the name.
constexpr Duration kClaimTime = std::chrono::seconds(5);

bool is_name(const std::string& key) {
  return key.starts_with("name:");
}

}  // namespace

// ---- facts of this node

void Directory::add(const std::string& key, const Pid& own) {
  facts_[key].insert(own);
  claims_.erase(key);
  system_.find(own)->in_directory = true;
  tell_all(SignalKind::add, key, own);
}

bool Directory::remove(const std::string& key, const Pid& own) {
  const auto found = facts_.find(key);
  if (found == facts_.end() || found->second.erase(own) == 0) return false;
  if (found->second.empty()) facts_.erase(found);
  tell_all(SignalKind::remove, key, own);
  return true;
}

void Directory::forget(const Pid& own) {
  std::vector<std::string> keys;
  for (const auto& [key, pids] : facts_) {
    if (pids.contains(own)) keys.push_back(key);
  }
  for (const std::string& key : keys) remove(key, own);
}

std::vector<Pid> Directory::all(const std::string& key) const {
  const auto found = facts_.find(key);
  if (found == facts_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::optional<Pid> Directory::winner(const std::string& key) const {
  const auto found = facts_.find(key);
  if (found == facts_.end()) return std::nullopt;
  return *std::min_element(found->second.begin(), found->second.end(), goes_before);
}

// ---- the others

void Directory::tell(host::NodeId node, SignalKind kind, const std::string& key, const Pid& own) {
  const Pid node_itself{node, system_.peers.life(node), 0};
  system_.send({.kind = kind, .from = own, .to = node_itself, .name = key});
}

void Directory::tell_all(SignalKind kind, const std::string& key, const Pid& own) {
  for (const host::NodeId node : system_.peers.kept()) {
    if (system_.peers.is_up(node)) tell(node, kind, key, own);
  }
}

void Directory::up(host::NodeId node) {
  for (const auto& [key, pids] : facts_) {
    for (const Pid& pid : pids) {
      if (system_.find(pid) != nullptr) tell(node, SignalKind::add, key, pid);
    }
  }
}

void Directory::act_on(const Signal& signal) {
  if (signal.from.node == system_.node()) return;
  if (signal.kind == SignalKind::add) {
    facts_[signal.name].insert(signal.from);
    claims_.erase(signal.name);
    unsettled_ = true;
    return system_.peers.poke();
  }
  const auto found = facts_.find(signal.name);
  if (found == facts_.end()) return;
  found->second.erase(signal.from);
  if (found->second.empty()) facts_.erase(found);
}

void Directory::lost(host::NodeId node) {
  for (auto fact = facts_.begin(); fact != facts_.end();) {
    std::erase_if(fact->second, [node](const Pid& pid) { return pid.node == node; });
    fact = fact->second.empty() ? facts_.erase(fact) : std::next(fact);
  }
  std::erase_if(claims_, [node](const auto& entry) { return entry.second.pid.node == node; });
}

// ---- names of the cluster

host::NodeId Directory::decider() const {
  host::NodeId first = system_.node();
  for (const host::NodeId node : system_.peers.kept()) {
    if (system_.peers.answers(node) && node_name(node) < node_name(first)) first = node;
  }
  return first;
}

Pid Directory::claim(const std::string& key, const Pid& pid) {
  if (const std::optional<Pid> holder = winner(key)) return *holder;
  std::erase_if(claims_, [](const auto& entry) { return entry.second.until <= now(); });
  return claims_.emplace(key, Claim{pid, now() + kClaimTime}).first->second.pid;
}

void Directory::asked(const host::Message& message) {
  if (message.message_class->hash != kMessageClass<NameQuestion>.hash) return;
  Result<NameQuestion> question = Codec<NameQuestion>::decode(message.bytes());
  if (!question) return;
  questions_.push_back(std::move(*question));
  system_.peers.poke();
}

void Directory::answer(const NameQuestion& question) {
  NameAnswer answer;
  if (!question.claims.valid()) {
    const auto found = system_.names.find(question.name);
    if (found != system_.names.end()) answer.holder = system_.pid_of(found->second);
  } else if (!system_.peers.is_over(question.claims.node, question.claims.incarnation)) {
    answer.holder = claim(question.name, question.claims);
  }
  system_.post(question.reply_to, kMessageClass<NameAnswer>, std::as_bytes(std::span(&answer, 1)));
}

void Directory::settle() {
  for (const NameQuestion& question : std::exchange(questions_, {})) answer(question);
  if (std::exchange(unsettled_, false)) give_up_lost_names();
}

void Directory::give_up_lost_names() {
  std::vector<std::tuple<std::string, Pid, Pid>> lost;
  for (const auto& [key, pids] : facts_) {
    if (!is_name(key) || pids.size() < 2) continue;
    const Pid holder = *winner(key);
    for (const Pid& pid : pids) {
      if (pid != holder && system_.find(pid) != nullptr) lost.emplace_back(key, pid, holder);
    }
  }
  for (const auto& [key, pid, holder] : lost) {
    remove(key, pid);
    if (Actor* const actor = system_.find(pid)) system_.tell(*actor, NameLost{holder});
  }
}

}  // namespace norn::detail
