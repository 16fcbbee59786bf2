#include "norn/runtime/message.hpp"

#include <algorithm>

#include "caller.hpp"
#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/random.hpp"

namespace norn {

Address::Address(std::string_view name) {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr,
              "an Address is made from a name by node code, or by Simulation::node()");
  id_ = scheduler->world().find_node(name);
}

std::string_view Address::name() const {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr, "the name of an Address is known inside its world only");
  return id_ == 0 ? std::string_view("(unknown)") : scheduler->world().node_name(id_);
}

Address self() {
  return Address::from_id(host::caller("self()").process.id());
}

namespace detail {

namespace {

// Keeps a fiber in its process's list of receivers while it waits. It holds nothing but the fiber:
// more would be saved to memory around the wait.
class Listening {
 public:
  explicit Listening(host::Fiber& fiber) : fiber_(fiber) {
    fiber_.receiver.got = nullptr;
    fiber_.receiver.next = nullptr;
    host::Fiber** link = &fiber_.process->receivers;
    while (*link != nullptr) link = &(*link)->receiver.next;
    *link = &fiber_;
    fiber_.process->receiver_frame = __builtin_frame_address(0);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    if (!taken_) [[unlikely]]
      leave();
  }
  host::Message* take() {
    taken_ = fiber_.receiver.got != nullptr;
    return fiber_.receiver.got;
  }

 private:
  [[gnu::noinline]] void leave() {
    if (fiber_.receiver.got != nullptr) {
      release_message(*fiber_.receiver.got);  // the fiber was killed before it could take it
      return;
    }
    host::Fiber** link = &fiber_.process->receivers;
    while (*link != nullptr && *link != &fiber_) link = &(*link)->receiver.next;
    if (*link != nullptr) *link = fiber_.receiver.next;
  }

  host::Fiber& fiber_;
  bool taken_ = false;
};

// Blocks until there is what the fiber's receiver asks for. Always inline: each frame of a parked
// fiber is a cache line more to fetch when it goes on.
[[gnu::always_inline]] inline host::Message* wait_for(const host::Caller& self, TimePoint deadline,
                                                      host::BlockReason reason) {
  Listening listening(self.fiber);
  if (deadline == kNoDeadline) {
    self.scheduler.park(reason);
  } else {
    self.scheduler.park_until(reason, deadline);
  }
  host::Message* const message = listening.take();
  if (message == nullptr) [[unlikely]]
    self.scheduler.check_interrupted(self.fiber);
  return message;
}

}  // namespace

namespace {

struct Target {
  host::NodeId node = 0;
  std::uint64_t request = 0;  // or the number of an actor
  bool is_reply = false;
  bool to_actor = false;
  host::CallPart call_part = host::CallPart::none;
  TimePoint deadline{};  // of a call
};

[[gnu::always_inline]] inline void give_to_network(const Target& target,
                                                   const host::MessageClass& message_class,
                                                   std::span<const std::byte> bytes) {
  const host::Caller self = host::caller("send()");
  if (!self.process.alive) return;
  NORN_ASSERT(bytes.size() <= kLargestMessage, "a message larger than 16 MiB: send it in parts");
  host::Message& message = self.world.messages().make(bytes);
  message.message_class = &message_class;
  message.from = self.process.id();
  message.to = target.node;
  message.request = target.request;
  message.is_reply = target.is_reply;
  message.to_actor = target.to_actor;
  message.call_part = target.call_part;
  message.order = static_cast<std::uint64_t>(target.deadline.time_since_epoch().count());
  self.world.send(self.process, message);
}

}  // namespace

void send_message(host::NodeId to, const host::MessageClass& message_class,
                  std::span<const std::byte> bytes, std::uint64_t request, bool is_reply) {
  give_to_network({.node = to, .request = request, .is_reply = is_reply}, message_class, bytes);
}

void send_to_actor(host::NodeId to, std::uint64_t actor, const host::MessageClass& message_class,
                   std::span<const std::byte> bytes) {
  give_to_network({.node = to, .request = actor, .to_actor = true}, message_class, bytes);
}

host::Message* take_message(std::span<const std::uint64_t> classes, TimePoint deadline) {
  const host::Caller self = host::caller("receive()");
  if (self.process.mailbox_first != nullptr) {
    if (host::Message* const queued = self.process.take(classes, self.world.messages())) {
      self.scheduler.spend_budget();
      return queued;
    }
  }
  host::Receiver& receiver = self.fiber.receiver;
  receiver.classes = classes.data();
  receiver.class_count = static_cast<std::uint32_t>(classes.size());
  receiver.request = 0;
  host::Message* message = nullptr;
  do {
    message = wait_for(self, deadline, host::BlockReason::receive);
  } while (message == nullptr && deadline == kNoDeadline && !self.fiber.killed());
  return message;
}

namespace {

host::Message* wait_for_reply(const host::Caller& self, std::uint64_t request, TimePoint until) {
  host::Receiver& receiver = self.fiber.receiver;
  receiver.class_count = 0;
  receiver.request = request;
  host::Message* answer = nullptr;
  do {
    answer = wait_for(self, until, host::BlockReason::call);
  } while (answer == nullptr && until == kNoDeadline && !self.fiber.killed());
  return answer;
}

// How long to wait for an answer before the request is sent for the (n+1)th time.
Duration wait_before_repeat(const RetryPolicy& policy, std::uint32_t sent) {
  Duration wait = policy.first;
  for (std::uint32_t i = 1; i < sent && wait < policy.max; ++i) wait *= policy.factor;
  wait = std::min(wait, policy.max);
  if (policy.jitter_percent == 0) return wait;
  return random("call").between(wait - wait / 100 * policy.jitter_percent, wait);
}

host::Message* call_repeatedly(const host::Caller& self, Target target,
                               const host::MessageClass& message_class,
                               std::span<const std::byte> bytes, const RetryPolicy& policy,
                               host::OpenCall& open) {
  NORN_ASSERT(policy.first > Duration::zero() && policy.factor >= 1 && policy.jitter_percent <= 100,
              "RetryPolicy: waits begin above zero, do not shrink, and jitter is at most 100 %");
  target.call_part = host::CallPart::repeatable;
  for (std::uint32_t sent = 1;; ++sent) {
    give_to_network(target, message_class, bytes);
    open.sent = sent;
    TimePoint until = target.deadline;
    if (sent < policy.attempts)
      until = std::min(until, self.world.now() + wait_before_repeat(policy, sent));
    host::Message* const answer = wait_for_reply(self, target.request, until);
    if (answer != nullptr || self.world.now() >= target.deadline) return answer;
  }
}

}  // namespace

host::Message* call_message(const CallClasses& classes, host::NodeId to,
                            std::span<const std::byte> bytes, const CallOptions& options) {
  const host::Caller self = host::caller("call()");
  Target target{.node = to,
                .request = self.process.next_request(),
                .call_part = host::CallPart::request,
                .deadline = options.timeout == Duration::max()
                                ? kNoDeadline
                                : self.world.now() + options.timeout};
  host::OpenCall open{.to = to,
                      .request_class = &classes.request,
                      .request = target.request,
                      .since_ns = self.scheduler.now_ns(),
                      .endless = target.deadline == kNoDeadline};
  const host::Calling calling(self.fiber, open, self.world);
  const auto call_off = [&] {
    target.call_part = host::CallPart::cancel;
    give_to_network(target, classes.cancel, {});
  };
  host::Message* answer = nullptr;
  try {
    if (options.retry.attempts <= 1) [[likely]] {
      give_to_network(target, classes.request, bytes);
      answer = wait_for_reply(self, target.request, target.deadline);
    } else {
      answer = call_repeatedly(self, target, classes.request, bytes, options.retry, open);
    }
  } catch (const Cancelled&) {
    call_off();
    throw;
  }
  if (answer == nullptr && options.cancel_server) call_off();
  return answer;
}

ServingScope::ServingScope(std::span<const std::uint64_t> classes)
    : fiber_(host::caller("serve()").fiber),
      serving_{.classes = classes.data(), .class_count = classes.size(), .outer = fiber_.serving} {
  fiber_.serving = &serving_;
}

ServingScope::ServingScope(host::NodeId caller, std::uint64_t request)
    : fiber_(host::caller("serve()").fiber),
      serving_{.request = request, .caller = caller, .outer = fiber_.serving} {
  fiber_.serving = &serving_;
}

void release_message(host::Message& message) {
  host::Scheduler::current()->world().messages().release(message);
}

TimePoint deadline_after(Duration duration) {
  return duration == Duration::max() ? kNoDeadline : now() + duration;
}

void refused(const host::Message& message, const Error& error) {
  log(Log::warning, "dropped a message of class " + std::string(message.message_class->name) +
                        ": " + error.message);
}

}  // namespace detail
}  // namespace norn
