// EventLoop: where the real world waits: for descriptors, for times, for work on other threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "norn/runtime/host/alarm.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/host/sockets.hpp"
#include "os/descriptors.hpp"
#include "os/timer_heap.hpp"
#include "os/worker_pool.hpp"

namespace norn::real {

// Descriptors are watched edge-triggered from the first wait on: a call is tried before each wait,
// so that no edge is missed, and one that nobody waits for costs nothing. All calls come from the
// thread of the scheduler, but for interrupt().
class EventLoop {
 public:
  EventLoop(host::Scheduler& scheduler, std::size_t most_workers);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  bool is_open() const { return epoll_ && events_; }

  // ---- time: the machine's monotonic clock, from the making of the loop on
  TimePoint now() const;
  const std::int64_t* clock() const { return &now_ns_; }
  void wake_at(host::Fiber& fiber, TimePoint when);
  void set_alarm(host::Alarm& alarm, TimePoint when);
  void drop_alarm(host::Alarm& alarm);
  // disown_alarms() tells all alarms that their world is gone.
  void disown_alarms();

  // ---- descriptors
  // wait() blocks the calling fiber until the descriptor may be ready, is closed, its deadline was
  // changed, or `deadline` has come.
  void wait(Descriptor& descriptor, host::SocketDirection direction,
            std::optional<TimePoint> deadline);
  struct Interest {
    DescriptorPtr descriptor;
    bool read = false;
    bool write = false;
  };
  // wait_for_any() is wait() on several; on none it is a sleep.
  void wait_for_any(std::span<const Interest> interests, std::optional<TimePoint> deadline);
  static void wake(host::WaiterQueue& waiting);
  // forget() ends the waits on a descriptor that is to be closed.
  void forget(Descriptor& descriptor);

  // ---- work
  // blocking() as World::blocking(). Outside of a fiber, and in one that is being killed, the work
  // is done at once, on this thread.
  void blocking(void (*work)(void* argument), void* argument);
  // finish_work() blocks the thread until no work is in line or under way.
  void finish_work();

  // ---- the loop
  // turn() lets happen what is due, and waits for it if `may_wait`.
  void turn(bool may_wait);
  // anything_to_come() is whether a time, a descriptor or work can still wake a fiber.
  bool anything_to_come();
  // watch_signals() makes the arrival at a signalfd an interruption.
  void watch_signals(int signal_fd);
  // interrupt() makes a turn that waits end. From any thread, and from signal handlers.
  void interrupt();
  // interruptions() is how often interrupt() was called.
  std::uint32_t interruptions() const { return interruptions_.load(std::memory_order_acquire); }

 private:
  struct AlarmSlot {
    host::Alarm* alarm = nullptr;
    std::uint32_t generation = 0;
  };

  bool watch(Descriptor& descriptor);
  std::optional<TimePoint> soon(std::optional<TimePoint> deadline) const;
  void push(TimerEntry entry);
  bool is_void(const TimerEntry& entry) const;
  void fire_due();
  void fire(const TimerEntry& entry);
  std::optional<std::int64_t> next_due();
  void take_events(std::optional<std::int64_t> wait_ns);
  void take_finished_work();

  host::Scheduler& scheduler_;
  UniqueFd epoll_;
  UniqueFd events_;  // an eventfd: work is done, or an interruption
  int signals_ = -1;
  bool has_precise_wait_ = true;
  std::int64_t start_ns_;
  mutable std::int64_t now_ns_ = 0;
  TimerHeap timers_;
  std::size_t sweep_above_;
  std::vector<AlarmSlot> alarms_;
  std::vector<std::uint32_t> free_alarms_;
  std::size_t descriptor_waits_ = 0;
  std::atomic<std::uint32_t> interruptions_{0};
  WorkerPool workers_;
};

}  // namespace norn::real
