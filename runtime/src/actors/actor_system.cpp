#include "actors/actor_system.hpp"

#include <algorithm>
#include <utility>

#include "caller.hpp"
#include "norn/runtime/node_local.hpp"
#include "norn/runtime/task.hpp"

namespace norn::detail {

ActorSystem::ActorSystem()
    : peers(host::caller("actors").process, host::caller("actors").world, *this),
      directory(*this),
      process_(host::caller("actors").process),
      world_(host::caller("actors").world) {
  process_.inbox = this;
  spawn("actors", [this] { serve(); }).detach();
}

ActorSystem::~ActorSystem() {
  process_.inbox = nullptr;
}

ActorSystem& ActorSystem::here(const char* what) {
  const host::Caller self = host::caller(what);
  if (self.process.inbox != nullptr) [[likely]]
    return static_cast<ActorSystem&>(*self.process.inbox);
  return node_local<ActorSystem>();
}

// ---- the actors

Actor& ActorSystem::make(std::string_view name) {
  const std::uint64_t number = ++last_number_;
  std::unique_ptr<Actor>& actor = actors_[number];
  actor = std::make_unique<Actor>(pid_of(number), name, world_.messages());
  if (const Actor* const parent = calling_or_null()) actor->parent = parent->pid;
  return *actor;
}

Actor* ActorSystem::find(std::uint64_t number) const {
  const auto found = actors_.find(number);
  return found == actors_.end() ? nullptr : found->second.get();
}

Actor* ActorSystem::calling_or_null() {
  const auto found = by_fiber_.find(host::Scheduler::current()->running()->id);
  return found == by_fiber_.end() ? nullptr : found->second;
}

Actor& ActorSystem::calling(const char* what) {
  Actor* const actor = calling_or_null();
  NORN_ASSERT(actor != nullptr, std::string(what) +
                                    " is for actors: call it in a fiber that spawn_actor() has "
                                    "started, or within an ActorScope");
  return *actor;
}

void ActorSystem::bind(Actor& actor) {
  actor.fiber = host::Scheduler::current()->running();
  const bool fresh = by_fiber_.emplace(actor.fiber->id, &actor).second;
  NORN_ASSERT(fresh, "an ActorScope in a fiber that is an actor already: use self_pid()");
}

bool ActorSystem::end(Actor& actor, const ExitReason& reason) {
  if (actor.fiber != nullptr) by_fiber_.erase(actor.fiber->id);
  const auto found = actors_.find(actor.pid.id);
  const std::unique_ptr<Actor> ended = std::move(found->second);
  actors_.erase(found);
  if (!process_.alive) return true;
  if (ended->in_directory) {
    std::erase_if(names, [&](const auto& entry) { return entry.second == ended->pid.id; });
    directory.forget(ended->pid);
  }
  const bool told =
      !ended->links.empty() || !ended->watchers.empty() || ended->start_wait != nullptr;
  tell_watchers(*ended, reason);
  ended->room.notify_all();
  for (const host::Message* left = ended->mailbox.after(nullptr); left != nullptr;
       left = ended->mailbox.after(left)) {
    dead_letter(ended->pid, *left->message_class, left->bytes(), DeadLetterWhy::never_read);
  }
  return told;
}

void ActorSystem::tell_watchers(Actor& actor, const ExitReason& reason) {
  if (StartWait* const wait = actor.start_wait) {
    wait->over = true;
    wait->started = !reason.abnormal() && reason.kind != ExitKind::shutdown;
    wait->reason = reason;
    wait->waiting.notify_all();
  }
  for (const Pid& linked : actor.links) {
    release(linked, actor.pid.id);
    send({.kind = SignalKind::link_exit, .from = actor.pid, .to = linked, .reason = reason});
  }
  for (const Watcher& watcher : actor.watchers) {
    release(watcher.pid, actor.pid.id);
    send({.kind = SignalKind::down,
          .from = actor.pid,
          .to = watcher.pid,
          .ref = watcher.ref,
          .reason = reason});
  }
  for (const OwnMonitor& monitor : actor.monitors) {
    release(monitor.target, actor.pid.id);
    send({.kind = SignalKind::demonitor,
          .from = actor.pid,
          .to = monitor.target,
          .ref = monitor.ref});
  }
}

// ---- messages

host::Message& ActorSystem::make_message(const host::MessageClass& message_class,
                                         std::span<const std::byte> bytes) {
  host::Message& message = world_.messages().make(bytes);
  message.message_class = &message_class;
  message.from = node();
  message.to = node();
  return message;
}

void ActorSystem::give(Actor& actor, host::Message& message) {
  actor.mailbox.push(message);
  actor.arrival.notify_one();
}

void ActorSystem::deliver(std::uint64_t number, host::Message& message) {
  if ((number & kCallBit) == 0) {
    if (Actor* const actor = find(number)) {
      if (is_full(*actor) && !make_room(*actor, message)) return;
      return give(*actor, message);
    }
    dead_letter(pid_of(number), *message.message_class, message.bytes(),
                DeadLetterWhy::no_such_actor);
  } else if (CallWait* const call = call_of(number); call != nullptr && call->reply_ == nullptr) {
    call->reply_ = &message;
    call->waiting_.notify_one();
    return;
  }
  world_.messages().release(message);
}

void ActorSystem::post(const Pid& to, const host::MessageClass& message_class,
                       std::span<const std::byte> bytes) {
  if (!process_.alive) return;
  NORN_ASSERT(bytes.size() <= kLargestMessage, "a message larger than 16 MiB: send it in parts");
  if (to.node != node()) return post_remote(to, message_class, bytes);
  if (is_mine(to)) return deliver(to.id, make_message(message_class, bytes));
  dead_letter(to, message_class, bytes, DeadLetterWhy::no_such_actor);
}

// Whether what is sent now is sent by the fiber that runs, in the trace as well.
bool ActorSystem::on_own_fiber() const {
  const host::Fiber* const running = host::Scheduler::current()->running();
  return running != nullptr && running->process == &process_ &&
         running->state == host::FiberState::running;
}

void ActorSystem::post_remote(const Pid& to, const host::MessageClass& message_class,
                              std::span<const std::byte> bytes) {
  if (to.node == 0) return;
  if (!on_own_fiber()) {
    pending_.push_back({to, &message_class, Bytes(bytes.begin(), bytes.end())});
    return peers.poke();
  }
  if (!pending_.empty()) flush();
  if (!peers.send({.node = to.node, .life = to.incarnation, .number = to.id}, message_class, bytes))
    dead_letter(to, message_class, bytes, DeadLetterWhy::no_such_actor);
}

void ActorSystem::flush() {
  for (const Pending& pending : std::exchange(pending_, {}))
    post_remote(pending.to, *pending.message_class, pending.bytes);
}

void ActorSystem::serve() {
  for (;;) {
    flush();
    directory.settle();
    peers.tick();
  }
}

host::Fiber* ActorSystem::accept(host::Message& message, host::MessagePool& pool, bool& full) {
  static_cast<void>(pool);
  full = false;
  peers.accept(message);
  return nullptr;
}

void ActorSystem::received(host::Message& message) {
  const std::uint64_t number = message.request & kNumberMask;
  if (number != 0 && !signal_kind(*message.message_class)) return deliver(number, message);
  if (const std::optional<Signal> signal = decode_signal(message)) act_on(*signal);
  world_.messages().release(message);
}

void ActorSystem::datagram(host::Message& message) {
  directory.asked(message);
  world_.messages().release(message);
}

// ---- calls

CallWait* ActorSystem::call_of(std::uint64_t number) const {
  const auto slot = static_cast<std::uint32_t>(number) & kMostCalls;
  const auto uses = static_cast<std::uint32_t>((number & ~kCallBit) >> kCallSlotBits);
  if (slot >= calls_.size() || calls_[slot].uses != uses) return nullptr;
  return calls_[slot].call;
}

void ActorSystem::open_call(CallWait& call) {
  if (free_calls_.empty()) {
    NORN_ASSERT(calls_.size() <= kMostCalls, "a million calls wait on one node");
    free_calls_.push_back(static_cast<std::uint32_t>(calls_.size()));
    calls_.emplace_back();
  }
  const std::uint32_t slot = free_calls_.back();
  free_calls_.pop_back();
  calls_[slot].call = &call;
  call.alias_ = pid_of(kCallBit | (std::uint64_t{calls_[slot].uses} << kCallSlotBits) | slot);
  call.open_ = true;
  if (!call.target_.valid()) return;
  if (Actor* const actor = find(call.target_)) {
    actor->watchers.push_back({call.alias_, call.alias_.id});
    return;
  }
  concern(call.target_, call.alias_.id);
  send({.kind = SignalKind::monitor,
        .from = call.alias_,
        .to = call.target_,
        .ref = call.alias_.id});
}

void ActorSystem::close_call(CallWait& call) {
  const auto slot = static_cast<std::uint32_t>(call.alias_.id) & kMostCalls;
  calls_[slot].call = nullptr;
  calls_[slot].uses = (calls_[slot].uses + 1) & kMostUses;
  free_calls_.push_back(slot);
  if (call.reply_ != nullptr) world_.messages().release(*call.reply_);
  if (!call.target_.valid() || call.failed_ || !process_.alive) return;
  if (Actor* const actor = find(call.target_)) {
    std::erase_if(actor->watchers, [&](const Watcher& w) {
      return w.ref == call.alias_.id && w.pid == call.alias_;
    });
    return;
  }
  release(call.target_, call.alias_.id);
  send({.kind = SignalKind::demonitor,
        .from = call.alias_,
        .to = call.target_,
        .ref = call.alias_.id});
}

void ActorSystem::fail_call(CallWait& call, const ExitReason& reason) {
  if (call.failed_) return;
  call.failed_ = true;
  call.reason_ = reason;
  call.waiting_.notify_one();
}

}  // namespace norn::detail
