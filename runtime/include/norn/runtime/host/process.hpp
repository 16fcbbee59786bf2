// Process: one life (incarnation) of a node: its fibers and its mailbox.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

// Inbox takes the messages of a process that are for its actors. It returns the fiber to be made
// ready, or null; `full` says that the message was refused and still belongs to the caller.
class Inbox {
 public:
  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  virtual ~Inbox() = default;
  virtual Fiber* accept(Message& message, MessagePool& pool, bool& full) = 0;
};

// What node_local() keeps. Destroyed with the process, the youngest first.
struct NodeLocal {
  NodeLocal() = default;
  NodeLocal(const NodeLocal&) = delete;
  NodeLocal& operator=(const NodeLocal&) = delete;
  virtual ~NodeLocal() = default;
};

// What memory() gives a process, and what it refused.
struct MemoryRules {
  std::uint64_t limit = ~std::uint64_t{0};  // bytes in use at a time
  std::uint32_t fail_times = 0;             // of fail_out_of allocations, besides
  std::uint32_t fail_out_of = 1;
  std::uint64_t used = 0;
  std::uint64_t allocations = 0;
  std::uint64_t refused = 0;
};

// Why fibers of a process that are ready wait in cpu_waiters: bits of Process::gate.
inline constexpr std::uint8_t kCpuHeld = 1;  // one of them computes: cpu_holder
inline constexpr std::uint8_t kPaused = 2;   // the process stands still
inline constexpr std::uint8_t kSlowCpu = 4;  // each wake-up costs wake_cost, one after the other

// A Process is made when a node starts and dies with it; its Scheduler kills the fibers. Messages
// that no fiber waits for queue in its mailbox, in order of arrival, up to `mailbox_limit`.
class alignas(64) Process {
 public:
  Process(NodeId id, std::string name, std::uint32_t incarnation, std::uint32_t mailbox_limit)
      : id_(id),
        incarnation_(incarnation),
        mailbox_limit_(mailbox_limit),
        key_(hash_name(name)),
        name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { drop_locals(); }

  NodeId id() const { return id_; }
  std::uint32_t incarnation() const { return incarnation_; }
  const std::string& name() const { return name_; }
  std::uint64_t key() const {
    return key_;
  }  // identity for keyed choices: from the name, not the number

  Fiber* receivers = nullptr;            // fibers that wait for a message, in order of their coming
  const void* receiver_frame = nullptr;  // where the last of them left its stack: for prefetching
  Message* mailbox_first = nullptr;      // linked by slot through the pool
  Message* mailbox_last = nullptr;
  Fiber* cpu_holder = nullptr;  // computes: no other fiber of this process may run meanwhile
  std::uint32_t mailbox_size = 0;
  std::uint32_t fiber_count = 0;
  bool alive = true;
  std::uint8_t gate = 0;  // why a fiber that is ready may not run at once: bits, see below

  // accept() hands the message to the fiber that waits for it (and returns that fiber, to be made
  // ready), or queues it (null). `full` is set when the mailbox takes no more; the message then
  // still belongs to the caller.
  Fiber* accept(Message& message, MessagePool& pool, bool& full);

  // take() removes the first queued message of one of the classes; null when there is none.
  Message* take(std::span<const std::uint64_t> classes, MessagePool& pool);

  // call_off() takes a request that waits in the mailbox out of it, because its caller has given
  // up; returns whether there was one.
  bool call_off(NodeId caller, std::uint64_t request, MessagePool& pool);

  // empty_mailbox() gives every queued message back to the pool.
  void empty_mailbox(MessagePool& pool);

  // local() is the place of the node-local object that `tag` stands for: the address of something
  // that belongs to its type.
  std::unique_ptr<NodeLocal>& local(const void* tag);
  void drop_locals();

  std::uint32_t mailbox_limit() const { return mailbox_limit_; }
  // Unique over all lives of the node: an answer to an earlier life must not fit a question of this
  // one.
  std::uint64_t next_request() { return (std::uint64_t{incarnation_} << 40U) + ++last_request_; }
  // How many draws came before under this label.
  std::uint64_t next_draw(std::uint64_t label) { return draws_[label]++; }
  void pass_over_draws(std::uint64_t label, std::uint64_t count) { draws_[label] += count; }
  const std::map<std::uint64_t, std::uint64_t>& draws() const { return draws_; }

 private:
  void unlink(Message* previous, Message& message, MessagePool& pool);

  NodeId id_;
  std::uint32_t incarnation_;
  // To here: all that a message touches, one cache line.
  std::uint32_t mailbox_limit_;
  std::uint64_t key_;
  std::uint64_t last_request_ = 0;
  std::string name_;
  std::map<std::uint64_t, std::uint64_t> draws_;

 public:
  Fiber* first_fiber = nullptr;  // in order of their start
  Fiber* last_fiber = nullptr;
  Inbox* inbox = nullptr;
  std::uint32_t cancel_listeners = 0;  // fibers that take cancellations: only then they are queued
  std::vector<Fiber*> cpu_waiters;     // ready, but the gate is shut; first come, first served
  std::uint64_t held_up = 0;           // wake-ups that had to wait because of a pause or a slow CPU
  Duration wake_cost{};                // of a slow CPU
  bool wake_pending = false;           // World::wake_later() is asked for
  // Called on the host when the node is asked to stop; null: node code does not care for that.
  void (*asked_to_stop)(Process&) = nullptr;
  MemoryRules memory;
  std::uint32_t cpu_time_permille = 1000;  // how long a piece of work takes on this node

 private:
  std::vector<std::pair<const void*, std::unique_ptr<NodeLocal>>> locals_;  // by first use
};

}  // namespace norn::host
