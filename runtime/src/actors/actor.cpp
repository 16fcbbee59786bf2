#include "norn/runtime/actor.hpp"

#include <exception>
#include <string>

#include "actors/actor_system.hpp"
#include "caller.hpp"
#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/context.hpp"
#include "norn/runtime/log.hpp"

namespace norn {

namespace detail {

Pid prepare_actor(std::string_view name) {
  return ActorSystem::here("spawn_actor()").make(name).pid;
}

namespace {

std::string error_text(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

// What an actor's function did. Throws Killed when the node is dead.
ExitReason run_body(Actor& actor, void (*call)(void* body), void* body,
                    std::exception_ptr& problem) {
  ExitReason reason;
  try {
    const Context::Scope own_context{Context()};  // an actor is not part of who spawned it
    if (!actor.exiting) call(body);
  } catch (const Killed&) {
    throw;
  } catch (const Cancelled&) {
    reason = ExitKind::shutdown;
  } catch (...) {
    problem = std::current_exception();
    reason = ExitReason::error(error_text(problem));
  }
  if (!actor.exiting) return reason;
  problem = nullptr;
  return actor.exit_reason;
}

}  // namespace

void run_actor(std::uint64_t id, void (*call)(void* body), void* body) {
  ActorSystem& system = ActorSystem::here("an actor");
  Actor* const actor = system.find(id);
  system.bind(*actor);
  std::exception_ptr problem;
  const ExitReason reason = run_body(*actor, call, body, problem);
  if (reason.kind == ExitKind::error) {
    log(Log::warning, "actor " + to_string(actor->pid) + " '" + actor->name + "' ended with " +
                          to_string(reason));
  }
  const bool told = system.end(*actor, reason);
  if (problem != nullptr && !told) std::rethrow_exception(problem);
}

void post(const Pid& to, const host::MessageClass& message_class,
          std::span<const std::byte> bytes) {
  ActorSystem::here("send()").post(to, message_class, bytes);
}

Pid caller_pid() {
  ActorSystem& system = ActorSystem::here("call()");
  const Actor* const actor = system.calling_or_null();
  return actor != nullptr ? actor->pid : system.pid_of(0);
}

// ---- MailboxScan

namespace {

// Shows where a receive() stands while it waits: that message may be dropped meanwhile.
class LookedAt {
 public:
  LookedAt(Actor& actor, host::Message*& message) : actor_(actor) { actor.looked_at = &message; }
  LookedAt(const LookedAt&) = delete;
  LookedAt& operator=(const LookedAt&) = delete;
  ~LookedAt() { actor_.looked_at = nullptr; }

 private:
  Actor& actor_;
};

void leave_if_over(Actor& actor) {
  if (actor.exiting && std::uncaught_exceptions() == 0) [[unlikely]]
    throw Cancelled{};
}

}  // namespace

MailboxScan::MailboxScan(const char* what) : actor_(ActorSystem::here(what).calling(what)) {
  leave_if_over(actor_);
}

host::Message* MailboxScan::next() {
  if (current_ != nullptr) before_ = current_;
  current_ = actor_.mailbox.after(before_);
  return current_;
}

void MailboxScan::take() {
  actor_.mailbox.take(before_);
  current_ = nullptr;
  actor_.room.notify_one();
}

bool MailboxScan::wait(TimePoint deadline) {
  const host::Caller self = host::caller("receive()");
  if (deadline != kNoDeadline && deadline <= self.world.now()) return false;
  if (!actor_.started) started();
  const LookedAt looked_at(actor_, before_);
  if (deadline == kNoDeadline) {
    actor_.arrival.wait(host::BlockReason::mailbox);
  } else {
    actor_.arrival.wait(host::BlockReason::mailbox, deadline);
  }
  leave_if_over(actor_);
  if (self.fiber.killed()) throw Killed{};
  if (actor_.mailbox.after(before_) != nullptr) return true;
  return deadline == kNoDeadline || self.world.now() < deadline;
}

// ---- CallWait

CallWait::CallWait(const Pid& target) : target_(target) {
  ActorSystem::here("call()").open_call(*this);
}

CallWait::~CallWait() {
  ActorSystem::here("call()").close_call(*this);
}

void CallWait::wait(TimePoint deadline) {
  const host::Caller self = host::caller("call()");
  const bool limited = deadline != kNoDeadline;
  const host::OpenCall open{.to = target_.node,
                            .actor = target_.id,
                            .since_ns = self.scheduler.now_ns(),
                            .endless = !limited};
  const host::Calling calling(self.fiber, open, self.world);
  while (reply_ == nullptr && !failed_) {
    if (limited && self.world.now() >= deadline) return;
    if (limited) {
      waiting_.wait(host::BlockReason::call, deadline);
    } else {
      waiting_.wait(host::BlockReason::call);
    }
    if (self.fiber.killed()) throw Killed{};
  }
}

}  // namespace detail

namespace {

using detail::ActorSystem;

}  // namespace

Pid self_pid() {
  return ActorSystem::here("self_pid()").calling("self_pid()").pid;
}

bool is_alive(const Pid& pid) {
  const detail::Actor* const actor = ActorSystem::here("is_alive()").find(pid);
  return actor != nullptr && !actor->exiting;
}

void link(const Pid& pid) {
  ActorSystem& system = ActorSystem::here("link()");
  system.link(system.calling("link()"), pid);
}

void unlink(const Pid& pid) {
  ActorSystem& system = ActorSystem::here("unlink()");
  system.unlink(system.calling("unlink()"), pid);
}

MonitorRef monitor(const Pid& pid) {
  ActorSystem& system = ActorSystem::here("monitor()");
  return {system.monitor(system.calling("monitor()"), pid)};
}

void demonitor(MonitorRef ref) {
  ActorSystem& system = ActorSystem::here("demonitor()");
  if (system.demonitor(system.calling("demonitor()"), ref.id)) return;
  receive(match_if<Down>([ref](const Down& down) { return down.ref == ref; }, [](const Down&) {}),
          after(Duration(0), [] {}));
}

void exit(const Pid& pid, const ExitReason& reason) {
  ActorSystem& system = ActorSystem::here("exit()");
  const detail::Actor* const self = system.calling_or_null();
  system.send({.kind = detail::SignalKind::exit,
               .from = self != nullptr ? self->pid : system.pid_of(0),
               .to = pid,
               .reason = reason});
}

void exit(const ExitReason& reason) {
  ActorSystem& system = ActorSystem::here("exit()");
  detail::Actor& self = system.calling("exit()");
  if (!self.exiting) {
    self.exiting = true;
    self.leaves = true;
    self.exit_reason = reason;
  }
  throw Cancelled{};
}

void trap_exits(bool on) {
  ActorSystem::here("trap_exits()").calling("trap_exits()").traps_exits = on;
}

void started() {
  detail::Actor& self = ActorSystem::here("started()").calling("started()");
  self.started = true;
  if (self.start_wait == nullptr) return;
  self.start_wait->over = true;
  self.start_wait->started = true;
  self.start_wait->waiting.notify_all();
  self.start_wait = nullptr;
}

ActorOptions& actor_options() {
  return ActorSystem::here("actor_options()").peers.options;
}

ActorScope::ActorScope(std::string_view name) : exceptions_(std::uncaught_exceptions()) {
  ActorSystem& system = ActorSystem::here("ActorScope");
  detail::Actor& actor = system.make(name);
  system.bind(actor);
  pid_ = actor.pid;
}

ActorScope::~ActorScope() {
  ActorSystem& system = ActorSystem::here("ActorScope");
  detail::Actor& actor = *system.find(pid_);
  ExitReason reason;
  if (actor.exiting) {
    reason = actor.exit_reason;
  } else if (std::uncaught_exceptions() > exceptions_) {
    reason = ExitReason::error("an exception left its scope");
  }
  system.end(actor, reason);
}

}  // namespace norn
