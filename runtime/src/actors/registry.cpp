#include "norn/runtime/registry.hpp"

#include <algorithm>

#include "actors/actor_system.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/process_group.hpp"

namespace norn {

namespace {

using detail::ActorSystem;
using detail::NameAnswer;
using detail::NameQuestion;

Error no_actor(const Pid& pid) {
  return {Errc::not_found, "there is no actor " + to_string(pid) + " on this node"};
}

std::string name_key(std::string_view name) {
  return "name:" + std::string(name);
}

std::string group_key(std::string_view group) {
  return "group:" + std::string(group);
}

// Asks until an answer comes: questions are datagrams.
Result<NameAnswer> ask(ActorSystem& system, host::NodeId node, std::string_view name,
                       const Pid& claims, Duration timeout) {
  const TimePoint deadline = now() + timeout;
  detail::CallWait wait(Pid{});
  const NameQuestion question{wait.reply_to(), claims, std::string(name)};
  while (wait.reply() == nullptr && now() < deadline) {
    Codec<NameQuestion>::encode(question, [&](std::span<const std::byte> bytes) {
      system.peers.send_datagram({.node = node}, detail::kMessageClass<NameQuestion>, bytes);
    });
    wait.wait(std::min(deadline, now() + system.peers.options.resend_interval));
  }
  if (wait.reply() == nullptr)
    return Error{Errc::timeout, "no answer about the name '" + std::string(name) + "' in time"};
  return Codec<NameAnswer>::decode(wait.reply()->bytes());
}

// Whether the decider agrees that the name is this actor's. Error: timeout.
Result<bool> claim(ActorSystem& system, const std::string& key, const Pid& pid, Duration timeout) {
  const host::NodeId decider = system.directory.decider();
  if (decider == system.node()) return system.directory.claim(key, pid) == pid;
  const Result<NameAnswer> answer = ask(system, decider, key, pid, timeout);
  if (!answer) return answer.error();
  return answer->holder == pid;
}

}  // namespace

// ---- names of a node

Result<void> register_name(std::string_view name, const Pid& pid) {
  ActorSystem& system = ActorSystem::here("register_name()");
  detail::Actor* const actor = system.find(pid);
  if (actor == nullptr) return no_actor(pid);
  if (!system.names.emplace(name, pid.id).second)
    return Error{Errc::already_exists, "the name '" + std::string(name) + "' is taken"};
  actor->in_directory = true;
  return {};
}

bool unregister_name(std::string_view name) {
  auto& names = ActorSystem::here("unregister_name()").names;
  const auto found = names.find(name);
  if (found == names.end()) return false;
  names.erase(found);
  return true;
}

std::optional<Pid> whereis(std::string_view name) {
  const ActorSystem& system = ActorSystem::here("whereis()");
  const auto found = system.names.find(name);
  if (found == system.names.end()) return std::nullopt;
  return system.pid_of(found->second);
}

std::vector<std::string> registered_names() {
  std::vector<std::string> names;
  for (const auto& [name, number] : ActorSystem::here("registered_names()").names)
    names.push_back(name);
  return names;
}

Result<Pid> whereis(Address node, std::string_view name, LookupOptions options) {
  ActorSystem& system = ActorSystem::here("whereis()");
  if (!node.known()) return Error{Errc::unknown_node, "whereis() on a node that does not exist"};
  Pid holder;
  if (node.id() == system.node()) {
    holder = whereis(name).value_or(Pid{});
  } else {
    const Result<NameAnswer> answer = ask(system, node.id(), name, Pid{}, options.timeout);
    if (!answer) return answer.error();
    holder = answer->holder;
  }
  if (holder.valid()) return holder;
  return Error{Errc::not_found,
               "no actor is called '" + std::string(name) + "' on " + std::string(node.name())};
}

// ---- the cluster

void join_cluster(const std::vector<std::string>& nodes) {
  ActorSystem& system = ActorSystem::here("join_cluster()");
  for (const std::string& name : nodes) {
    const Address node(name);
    NORN_ASSERT(node.known(), "join_cluster() with a node that does not exist: '" + name + "'");
    if (node.id() != system.node()) system.peers.keep(node.id());
  }
}

std::vector<std::string> cluster_nodes() {
  const ActorSystem& system = ActorSystem::here("cluster_nodes()");
  std::vector<std::string> names{std::string(self().name())};
  for (const host::NodeId node : system.peers.kept()) {
    if (system.peers.answers(node)) names.emplace_back(Address::from_id(node).name());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> register_global(std::string_view name, const Pid& pid, LookupOptions options) {
  ActorSystem& system = ActorSystem::here("register_global()");
  const std::string key = name_key(name);
  const Error taken{Errc::already_exists, "the name '" + std::string(name) + "' is taken"};
  if (system.find(pid) == nullptr) return no_actor(pid);
  if (system.directory.winner(key)) return taken;
  const Result<bool> stands = claim(system, key, pid, options.timeout);
  if (!stands) return stands.error();
  if (!*stands) return taken;
  if (system.find(pid) == nullptr) return no_actor(pid);  // it ended meanwhile
  system.directory.add(key, pid);
  return {};
}

bool unregister_global(std::string_view name) {
  ActorSystem& system = ActorSystem::here("unregister_global()");
  const std::string key = name_key(name);
  const std::optional<Pid> holder = system.directory.winner(key);
  return holder && system.is_mine(*holder) && system.directory.remove(key, *holder);
}

std::optional<Pid> whereis_global(std::string_view name) {
  return ActorSystem::here("whereis_global()").directory.winner(name_key(name));
}

// ---- groups

Result<void> join_group(std::string_view group, const Pid& pid) {
  ActorSystem& system = ActorSystem::here("join_group()");
  if (system.find(pid) == nullptr) return no_actor(pid);
  system.directory.add(group_key(group), pid);
  return {};
}

Result<void> join_group(std::string_view group) {
  return join_group(group, self_pid());
}

bool leave_group(std::string_view group, const Pid& pid) {
  ActorSystem& system = ActorSystem::here("leave_group()");
  return system.is_mine(pid) && system.directory.remove(group_key(group), pid);
}

bool leave_group(std::string_view group) {
  return leave_group(group, self_pid());
}

std::vector<Pid> members(std::string_view group) {
  return ActorSystem::here("members()").directory.all(group_key(group));
}

std::vector<Pid> local_members(std::string_view group) {
  const ActorSystem& system = ActorSystem::here("local_members()");
  std::vector<Pid> all = members(group);
  std::erase_if(all, [&](const Pid& pid) { return !system.is_mine(pid); });
  return all;
}

}  // namespace norn
