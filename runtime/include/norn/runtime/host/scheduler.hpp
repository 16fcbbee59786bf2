// Scheduler: runs the fibers of one world on the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/ready_order.hpp"
#include "norn/runtime/host/world.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

class StackPool;

struct StackOptions {
  std::size_t size = 64 * 1024;  // bytes of address space a stack; only touched pages cost memory
  bool guard_pages =
      false;  // a fault at the first byte too many, at the price of kernel mappings or time
};

// A Scheduler belongs to one thread. The fiber that blocks runs the world's event loop itself and
// jumps straight to the next fiber; the host (the caller of run()) gets control back only when the
// world asks for it.
class Scheduler {
 public:
  Scheduler(World& world, StackOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  // current() is the scheduler of this thread; null outside run(), kill() and Attach.
  static Scheduler* current() { return attached; }
  World& world() { return world_; }
  // running() is the fiber that executes now; null on the host.
  Fiber* running() { return running_; }

  // start() makes a fiber of `process`, ready to run `code`. The callable is moved onto the fiber's
  // stack.
  Fiber& start(Process& process, std::string_view name, const FiberCode& code);

  // run() runs fibers and the world until the world's advance() returns false, or somebody wants
  // the host.
  void run();
  // want_host() makes run() return at the next blocking call.
  void want_host() { host_wanted_ = true; }
  // tell_parks() makes the scheduler tell the world of each park (World::fiber_parks).
  void tell_parks(bool on) { parks_told_ = on; }

  // park() blocks the running fiber until make_ready(); throws Killed when its node dies.
  void park(BlockReason reason);
  // park_until() also ends at `deadline`: returns false then.
  bool park_until(BlockReason reason, TimePoint deadline);
  // yield() lets all fibers that are ready now run first.
  void yield();

  // make_ready() moves a parked fiber to the ready queue. What made it ready is cause().
  void make_ready(Fiber& fiber) {
    if (fiber.state != FiberState::parked || fiber.killed()) [[unlikely]]
      return;
    fiber.cause = cause_;
    push_ready(fiber);
  }
  bool any_ready() const { return only_ready_ != nullptr || !ready_.empty(); }
  // cause() is the number of the event that is being acted on: the world sets it for each event; at
  // a switch it becomes what made the fiber ready.
  std::uint64_t cause() const { return cause_; }
  void set_cause(std::uint64_t event) { cause_ = event; }

  // cancel() makes the present or next blocking call of a fiber throw Cancelled.
  void cancel(Fiber& fiber);
  // refresh_alerts() computes anew what keeps a fiber from blocking, after its context, its shields
  // or a cancellation changed, and ends its park if that is over now.
  void refresh_alerts(Fiber& fiber);
  // check_interrupted() throws Cancelled when the park that has just ended was ended by that.
  void check_interrupted(Fiber& fiber) {
    if ((fiber.alerts & kInterrupted) != 0) [[unlikely]]
      throw_cancelled(fiber);
  }

  // hold_cpu() keeps all other fibers of the running fiber's process from running until release.
  void hold_cpu();
  void release_cpu(Process& process);

  // pause() keeps all fibers of a process from running until resume(): what wakes them is kept.
  // slow_down() makes each wake-up cost `wake_cost` of the processor; zero ends that. On the host.
  void pause(Process& process);
  void resume(Process& process);
  void slow_down(Process& process, Duration wake_cost);
  // wake_next() lets the fiber run that has waited longest for a slow processor: for
  // World::wake_later().
  void wake_next(Process& process);

  // spend_budget() counts an operation that did not block, for fibers with a run budget.
  void spend_budget() {
    if (running_->budget_left != 0) [[unlikely]]
      spend_one();
  }

  // kill() unwinds every fiber of a process, the youngest first, on the host: each sees Killed out
  // of its blocking call.
  void kill(Process& process);

  // describe() tells what a fiber does, since when, and where it was spawned: one line.
  std::string describe(const Fiber& fiber) const;
  // dump() is a line for each fiber of the process, in order of their start.
  std::string dump(const Process& process) const;
  // use_clock() says where the present virtual time stands, for parked_since.
  void use_clock(const std::int64_t* now_ns) { now_ns_ = now_ns; }
  std::int64_t now_ns() const { return *now_ns_; }
  void order_ready(ReadyOrder order) { ready_order_rule_ = order; }

  // live() is the fiber on that stack now; null when it is free.
  Fiber* live(std::uint32_t slot) const { return live_[slot]; }
  std::size_t fiber_count() const { return fiber_count_; }

  // Attach makes a scheduler current() on this thread for a scope: for host code that calls into
  // the runtime.
  class Attach {
   public:
    explicit Attach(Scheduler& scheduler);
    Attach(const Attach&) = delete;
    Attach& operator=(const Attach&) = delete;
    ~Attach();

   private:
    Scheduler* previous_;
  };

 private:
  struct ReadyEntry {
    std::uint64_t priority;
    std::uint64_t order;
    Fiber* fiber;
  };

  static void enter(Fiber& fiber);
  [[noreturn]] void fiber_main(Fiber& fiber);
  void finish(Fiber& fiber, FiberEnd how, const std::exception_ptr& problem);
  void block(Fiber& self);
  void jump(Fiber* from, Fiber* to, bool ending);
  void arrive(Fiber* self);
  void check_stack(const Fiber& fiber) const;
  void report_overflow(const Fiber& fiber) const;
  void retire(Fiber& fiber);
  void suspend(Fiber& self, BlockReason reason);
  void on_killed_park(Fiber& self);
  bool may_park(Fiber& self, BlockReason reason);
  bool interruptible(const Fiber& fiber) const;
  [[noreturn]] void throw_cancelled(Fiber& fiber);
  void spend_one();
  Fiber* pop_ready() {
    if (only_ready_ != nullptr) [[likely]]
      return std::exchange(only_ready_, nullptr);
    return ready_.empty() ? nullptr : pop_first_ready();
  }
  Fiber* pop_first_ready();
  Fiber* pop_chosen();
  void push_ready(Fiber& fiber) {
    fiber.state = FiberState::ready;
    ++fiber.wakes;
    if (fiber.process->gate != 0) [[unlikely]]
      return wait_at_gate(fiber);
    enqueue(fiber);
  }
  void enqueue(Fiber& fiber) {
    if (only_ready_ == nullptr && ready_.empty()) [[likely]] {
      only_ready_ = &fiber;
    } else {
      push_another_ready(fiber);
    }
  }
  void push_another_ready(Fiber& fiber);
  void push_ranked(Fiber& fiber);
  std::uint64_t rank(const Fiber& fiber);
  // take_ready() takes the fibers of a process out of the ready queue, in the order of their
  // coming.
  std::vector<ReadyEntry> take_ready(const Process& process);
  void wait_at_gate(Fiber& fiber);
  void open_gate(Process& process);
  void wake_later(Process& process);
  void unlink(Fiber& fiber);
  void kill_one(Fiber& fiber);

  // Whose fiber runs on this thread: what lets node code say sleep_for() without naming a
  // scheduler.
  // tidy: allow thread-local (the one there is; inline, as every call of node code asks for it)
  static inline constinit thread_local Scheduler* attached = nullptr;

  World& world_;
  Fiber* running_ = nullptr;
  std::uint64_t cause_ = 0;
  ExceptionState* exceptions_ = nullptr;  // of this thread, while attached
  Fiber* only_ready_ = nullptr;    // the ready fiber, when there is but one: no need to rank it
  std::vector<ReadyEntry> ready_;  // a heap, when there were more
  std::vector<Fiber*> live_;       // by slot
  std::vector<std::uint32_t>
      generations_;  // by slot: where the park generations of its next fiber begin
  std::unique_ptr<StackPool> stacks_;
  std::uint64_t ready_order_ = 0;
  std::size_t fiber_count_ = 0;
  std::uint32_t last_fiber_id_ = 0;
  bool killing_ = false;
  bool host_wanted_ = false;
  bool parks_told_ = false;
  ReadyOrder ready_order_rule_ = ReadyOrder::keyed;
  const std::int64_t* now_ns_;  // the present virtual time
  std::int64_t no_clock_ns_ = 0;
  Fiber* retired_ = nullptr;  // ended; its stack is given back once nobody stands on it
  void* host_context_ = nullptr;
  ExceptionState host_exceptions_;
  const void* host_stack_ = nullptr;
  std::size_t host_stack_size_ = 0;
  void* host_fake_stack_ = nullptr;
  void* host_tsan_fiber_ = nullptr;
};

}  // namespace norn::host
