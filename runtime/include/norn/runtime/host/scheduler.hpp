// Scheduler: runs the fibers of one world on the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/world.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

struct StackOptions {
  std::size_t size = 64 * 1024;  // bytes of address space a stack; only touched pages cost memory
  bool guard_pages = false;      // a fault at the first byte too many, at the price of kernel mappings or time
};

// A Scheduler belongs to one thread. The fiber that blocks runs the world's event loop itself and jumps straight
// to the next fiber; the host (the caller of run()) gets control back only when the world asks for it.
class Scheduler {
 public:
  Scheduler(World& world, StackOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  // current() is the scheduler of this thread; null outside run(), kill() and Attach.
  static Scheduler* current();
  World& world() { return world_; }
  // running() is the fiber that executes now; null on the host.
  Fiber* running() { return running_; }

  // start() makes a fiber of `process`, ready to run `code`. The callable is moved onto the fiber's stack.
  Fiber& start(Process& process, std::string_view name, FiberCode code);

  // run() runs fibers and the world until the world's advance() returns false with no fiber ready.
  void run();

  // park() blocks the running fiber until make_ready(); throws Killed when its node dies.
  void park(BlockReason reason);
  // park_until() also ends at `deadline`: returns false then.
  bool park_until(BlockReason reason, TimePoint deadline);
  // yield() lets all fibers that are ready now run first.
  void yield();

  // make_ready() moves a parked fiber to the ready queue; `cause` is the event that did it.
  void make_ready(Fiber& fiber, std::uint64_t cause);
  bool any_ready() const { return !ready_.empty(); }

  // kill() unwinds every fiber of a process, the youngest first, on the host: each sees Killed out of its blocking call.
  void kill(Process& process);

  std::size_t fiber_count() const { return fiber_count_; }
  Fiber& fiber_at(std::uint32_t slot);
  bool is_live(std::uint32_t slot) const;
  // Bytes of address space set aside, and stacks in use.
  std::size_t stacks_in_use() const;

 private:
  struct Impl;
  struct ReadyEntry {
    std::uint64_t priority;
    std::uint64_t order;
    Fiber* fiber;
  };

  [[noreturn]] void fiber_main(Fiber& fiber);
  void finish(Fiber& fiber, bool killed, std::exception_ptr problem);
  void block(Fiber& self);
  void switch_to(Fiber& next);
  void switch_to_host();
  void after_switch();
  Fiber* pop_ready();
  void push_ready(Fiber& fiber);
  void on_killed_park(Fiber& self);
  void unlink(Fiber& fiber);

  World& world_;
  Fiber* running_ = nullptr;
  std::vector<ReadyEntry> ready_;
  std::uint64_t ready_order_ = 0;
  std::size_t fiber_count_ = 0;
  std::uint32_t last_fiber_id_ = 0;
  bool killing_ = false;
  std::unique_ptr<Impl> impl_;
};

}  // namespace norn::host
