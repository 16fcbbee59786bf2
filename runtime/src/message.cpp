#include "norn/runtime/message.hpp"

#include "caller.hpp"

namespace norn {

Address::Address(std::string_view name) {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr,
              "an Address is made from a name by node code, or by Simulation::node()");
  id_ = scheduler->world().find_node(name);
}

Address Address::from_id(host::NodeId id) {
  Address address;
  address.id_ = id;
  return address;
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

// Keeps a Receiver in its process's list while its fiber waits.
class Listening {
 public:
  Listening(host::Process& process, host::MessagePool& pool, host::Receiver& receiver)
      : process_(process), pool_(pool), receiver_(receiver) {
    host::Receiver** link = &process_.receivers;
    while (*link != nullptr) link = &(*link)->next;
    *link = &receiver_;
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    if (receiver_.got != nullptr) {
      pool_.release(*receiver_.got);  // the fiber was killed before it could take it
      return;
    }
    for (host::Receiver** link = &process_.receivers; *link != nullptr; link = &(*link)->next) {
      if (*link != &receiver_) continue;
      *link = receiver_.next;
      return;
    }
  }
  host::Message* take() { return std::exchange(receiver_.got, nullptr); }

 private:
  host::Process& process_;
  host::MessagePool& pool_;
  host::Receiver& receiver_;
};

[[gnu::always_inline]] inline host::Message* wait_for(const host::Caller& self,
                                                      host::Receiver& receiver, TimePoint deadline,
                                                      host::BlockReason reason) {
  Listening listening(self.process, self.world.messages(), receiver);
  if (deadline == kNoDeadline) {
    self.scheduler.park(reason);
  } else {
    self.scheduler.park_until(reason, deadline);
  }
  return receiver.got == nullptr ? nullptr : listening.take();
}

}  // namespace

void send_message(host::NodeId to, const host::MessageClass& message_class,
                  std::span<const std::byte> bytes, std::uint64_t request, bool is_reply) {
  const host::Caller self = host::caller("send()");
  if (!self.process.alive) return;
  NORN_ASSERT(bytes.size() <= kLargestMessage, "a message larger than 16 MiB: send it in parts");
  host::Message& message = self.world.messages().make(bytes);
  message.message_class = &message_class;
  message.from = self.process.id();
  message.to = to;
  message.request = request;
  message.is_reply = is_reply;
  self.world.send(self.process, message);
}

host::Message* take_message(std::span<const std::uint64_t> classes, TimePoint deadline) {
  const host::Caller self = host::caller("receive()");
  host::Message* const queued = self.process.mailbox_first == nullptr
                                    ? nullptr
                                    : self.process.take(classes, self.world.messages());
  if (queued != nullptr) return queued;
  host::Receiver receiver{.fiber = &self.fiber,
                          .classes = classes.data(),
                          .class_count = static_cast<std::uint32_t>(classes.size())};
  host::Message* message = nullptr;
  do {
    message = wait_for(self, receiver, deadline, host::BlockReason::receive);
  } while (message == nullptr && deadline == kNoDeadline && !self.fiber.killed);
  return message;
}

host::Message* call_message(host::NodeId to, const host::MessageClass& message_class,
                            std::span<const std::byte> bytes, Duration timeout) {
  const host::Caller self = host::caller("call()");
  const std::uint64_t request = self.process.next_request();
  send_message(to, message_class, bytes, request, false);
  host::Receiver receiver{.fiber = &self.fiber, .request = request};
  return wait_for(self, receiver, self.world.now() + timeout, host::BlockReason::call);
}

void release_message(host::Message& message) {
  host::Scheduler::current()->world().messages().release(message);
}

TimePoint deadline_after(Duration duration) {
  return now() + duration;
}

void refused(const host::Message& message, const Error& error) {
  log(Log::warning, "dropped a message of class " + std::string(message.message_class->name) +
                        ": " + error.message);
}

}  // namespace detail
}  // namespace norn
