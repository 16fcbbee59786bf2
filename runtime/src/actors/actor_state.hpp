// What a node knows of one of its actors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norn/runtime/exit_reason.hpp"
#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/mailbox_limit.hpp"
#include "norn/runtime/pid.hpp"

namespace norn::detail {

// Messages in order of arrival, linked by slot through the pool. It owns them.
class Mailbox {
 public:
  explicit Mailbox(host::MessagePool& pool) : pool_(pool) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() {
    while (first_ != nullptr) pool_.release(*take(nullptr));
  }

  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  // after() is the message behind `message`; behind null comes the first.
  host::Message* after(const host::Message* message) const {
    if (message == nullptr) return first_;
    return message->next == 0 ? nullptr : &pool_.at(message->next - 1);
  }
  void push(host::Message& message) {
    ++size_;
    message.next = 0;
    if (last_ == nullptr) {
      first_ = &message;
    } else {
      last_->next = message.slot + 1;
    }
    last_ = &message;
  }
  void push_front(host::Message& message) {
    ++size_;
    message.next = first_ == nullptr ? 0 : first_->slot + 1;
    first_ = &message;
    if (last_ == nullptr) last_ = &message;
  }
  // take() removes and returns the message behind `before`.
  host::Message* take(host::Message* before) {
    host::Message* const taken = after(before);
    --size_;
    if (before == nullptr) {
      first_ = after(taken);
    } else {
      before->next = taken->next;
    }
    if (last_ == taken) last_ = before;
    taken->next = 0;
    return taken;
  }
  host::MessagePool& pool() { return pool_; }

 private:
  host::MessagePool& pool_;
  host::Message* first_ = nullptr;
  host::Message* last_ = nullptr;
  std::size_t size_ = 0;
};

// Waits until an actor that was spawned says that it has started. On the stack of who waits.
struct StartWait {
  host::WaitList waiting;
  bool over = false;
  bool started = false;
  ExitReason reason;
};

struct OwnMonitor {
  std::uint64_t ref = 0;
  Pid target;
};

struct Watcher {
  Pid pid;  // who monitors
  std::uint64_t ref = 0;
};

struct Actor {
  Actor(const Pid& p, std::string_view n, host::MessagePool& pool)
      : pid(p), name(n), mailbox(pool) {}

  Pid pid;
  std::string name;
  Pid parent;                    // who spawned it, if an actor did
  host::Fiber* fiber = nullptr;  // once it runs
  Mailbox mailbox;
  host::WaitList arrival;
  MailboxLimit limit;
  host::WaitList room;  // senders that wait for some in the mailbox
  // Of a receive() that waits: the message it looked at last. Null when there is none such.
  host::Message** looked_at = nullptr;
  bool traps_exits = false;
  bool exiting = false;  // its reason stands: it ends at the next blocking call
  bool leaves = false;   // by exit(reason), and not by a signal
  bool started = false;
  bool in_directory = false;  // has names or is in groups
  ExitReason exit_reason;
  StartWait* start_wait = nullptr;
  std::vector<Pid> links;
  std::vector<OwnMonitor> monitors;
  std::vector<Watcher> watchers;
};

}  // namespace norn::detail
