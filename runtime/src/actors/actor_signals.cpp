// Links, monitors and exits, of one node and between nodes.
#include <algorithm>

#include "actors/actor_system.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::detail {

// ---- what the calling actor asks for

void ActorSystem::concern(const Pid& remote, std::uint64_t number) {
  if (remote.node == node() || remote.node == 0) return;
  peers.concern(remote.node, remote.incarnation, number);
}

void ActorSystem::release(const Pid& remote, std::uint64_t number) {
  if (remote.node != node() && remote.node != 0) peers.release(remote.node, number);
}

void ActorSystem::link(Actor& self, const Pid& pid) {
  if (pid == self.pid) return;
  if (std::find(self.links.begin(), self.links.end(), pid) != self.links.end()) return;
  concern(pid, self.pid.id);
  self.links.push_back(pid);
  send({.kind = SignalKind::link, .from = self.pid, .to = pid});
}

void ActorSystem::unlink(Actor& self, const Pid& pid) {
  if (std::erase(self.links, pid) == 0) return;
  release(pid, self.pid.id);
  send({.kind = SignalKind::unlink, .from = self.pid, .to = pid});
}

std::uint64_t ActorSystem::monitor(Actor& self, const Pid& pid) {
  const std::uint64_t ref = ++last_ref_;
  concern(pid, self.pid.id);
  self.monitors.push_back({ref, pid});
  send({.kind = SignalKind::monitor, .from = self.pid, .to = pid, .ref = ref});
  return ref;
}

bool ActorSystem::demonitor(Actor& self, std::uint64_t ref) {
  const auto found = std::find_if(self.monitors.begin(), self.monitors.end(),
                                  [ref](const OwnMonitor& own) { return own.ref == ref; });
  if (found == self.monitors.end()) return false;
  const Pid target = found->target;
  self.monitors.erase(found);
  release(target, self.pid.id);
  send({.kind = SignalKind::demonitor, .from = self.pid, .to = target, .ref = ref});
  return true;
}

void ActorSystem::terminate(Actor& actor, const ExitReason& reason) {
  if (actor.exiting && reason.kind != ExitKind::killed) return;
  actor.exiting = true;
  actor.leaves = false;
  actor.exit_reason = reason;
  if (actor.fiber != nullptr) host::Scheduler::current()->cancel(*actor.fiber);
}

// ---- signals under way

void ActorSystem::send(const Signal& signal) {
  if (!process_.alive) return;
  if (signal.to.node == node()) {
    if (is_mine(signal.to)) return act_on(signal);
    return unreachable(signal);
  }
  if (signal.to.node == 0 || peers.is_over(signal.to.node, signal.to.incarnation))
    return unreachable(signal);
  const Pid node_itself{signal.to.node, signal.to.incarnation, 0};
  post_remote(node_itself, signal_class(signal.kind), encode_signal(signal));
}

// What its target would answer if it were there to say that it is not.
void ActorSystem::unreachable(const Signal& signal) {
  if (signal.kind == SignalKind::monitor) {
    send({.kind = SignalKind::down,
          .from = signal.to,
          .to = signal.from,
          .ref = signal.ref,
          .reason = ExitKind::noproc});
  } else if (signal.kind == SignalKind::link) {
    send({.kind = SignalKind::link_exit,
          .from = signal.to,
          .to = signal.from,
          .reason = ExitKind::noproc});
  }
}

void ActorSystem::act_on(const Signal& signal) {
  if (signal.kind == SignalKind::add || signal.kind == SignalKind::remove)
    return directory.act_on(signal);
  if (signal.kind == SignalKind::down) return act_on_down(signal);
  if (!is_mine(signal.to)) return;
  Actor* const actor = find(signal.to.id);
  if (actor == nullptr) return unreachable(signal);
  switch (signal.kind) {
    case SignalKind::monitor:
      actor->watchers.push_back({signal.from, signal.ref});
      return concern(signal.from, actor->pid.id);
    case SignalKind::demonitor: {
      const auto erased = std::erase_if(actor->watchers, [&](const Watcher& watcher) {
        return watcher.ref == signal.ref && watcher.pid == signal.from;
      });
      if (erased > 0) release(signal.from, actor->pid.id);
      return;
    }
    case SignalKind::exit:
      if (signal.reason.kind == ExitKind::kill) return terminate(*actor, ExitKind::killed);
      return act_on_exit(*actor, signal.from, signal.reason);
    default:
      return act_on_link(signal);
  }
}

void ActorSystem::act_on_link(const Signal& signal) {
  Actor& actor = *find(signal.to.id);
  const auto found = std::find(actor.links.begin(), actor.links.end(), signal.from);
  if (signal.kind == SignalKind::link) {
    if (found != actor.links.end()) return;
    actor.links.push_back(signal.from);
    return concern(signal.from, actor.pid.id);
  }
  if (found == actor.links.end()) return;  // unlinked meanwhile
  actor.links.erase(found);
  release(signal.from, actor.pid.id);
  if (signal.kind == SignalKind::link_exit) act_on_exit(actor, signal.from, signal.reason);
}

void ActorSystem::act_on_down(const Signal& signal) {
  if (!is_mine(signal.to)) return;
  if ((signal.to.id & kCallBit) != 0) {
    CallWait* const call = call_of(signal.to.id);
    if (call == nullptr) return;
    release(call->target_, signal.to.id);
    return fail_call(*call, signal.reason);
  }
  Actor* const actor = find(signal.to.id);
  if (actor == nullptr) return;
  const auto found = std::find_if(actor->monitors.begin(), actor->monitors.end(),
                                  [&](const OwnMonitor& own) { return own.ref == signal.ref; });
  if (found == actor->monitors.end()) return;
  const Down down{{signal.ref}, found->target, signal.reason};
  actor->monitors.erase(found);
  release(down.pid, actor->pid.id);
  tell(*actor, down);
}

// An exit signal that can be trapped. (Erlang reference manual, Processes: Receiving Exit Signals.)
void ActorSystem::act_on_exit(Actor& actor, const Pid& from, const ExitReason& reason) {
  if (actor.traps_exits) {
    tell(actor, ExitSignal{from, reason});
  } else if (reason.kind != ExitKind::normal || from == actor.pid) {
    terminate(actor, reason);
  }
}

// ---- other nodes

void ActorSystem::lost(host::NodeId node, const std::vector<std::uint64_t>& concerned) {
  for (const std::uint64_t number : concerned) {
    if ((number & kCallBit) != 0) {
      if (CallWait* const call = call_of(number)) fail_call(*call, ExitKind::noconnection);
    } else if (Actor* const actor = find(number)) {
      lose_node(*actor, node);
    }
  }
  directory.lost(node);
}

void ActorSystem::lose_node(Actor& actor, host::NodeId node) {
  std::erase_if(actor.watchers,
                [node](const Watcher& watcher) { return watcher.pid.node == node; });
  std::vector<OwnMonitor> monitors;
  std::vector<Pid> links;
  const auto there = [node](const Pid& pid) { return pid.node == node; };
  std::copy_if(actor.monitors.begin(), actor.monitors.end(), std::back_inserter(monitors),
               [&](const OwnMonitor& own) { return there(own.target); });
  std::copy_if(actor.links.begin(), actor.links.end(), std::back_inserter(links), there);
  std::erase_if(actor.monitors, [&](const OwnMonitor& own) { return there(own.target); });
  std::erase_if(actor.links, there);
  for (const OwnMonitor& own : monitors)
    tell(actor, Down{{own.ref}, own.target, ExitKind::noconnection});
  for (const Pid& pid : links) act_on_exit(actor, pid, ExitKind::noconnection);
}

void ActorSystem::up(host::NodeId node) {
  directory.up(node);
}

}  // namespace norn::detail
