// What eventfd(2) and timerfd_create(2) make.
#pragma once

#include <ctime>

#include <cstdint>

#include "kernel/description.hpp"
#include "norn/runtime/host/alarm.hpp"

namespace norn::sim {

// A counter: writes add to it, a read takes all of it, or one if it is a semaphore.
class EventDescription final : public Description {
 public:
  EventDescription(std::uint64_t count, bool semaphore, int flags)
      : Description(O_RDWR | flags), count_(count), semaphore_(semaphore) {}

  std::uint32_t ready() override;
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

 private:
  std::uint64_t count_;
  bool semaphore_;
  host::WaitList readers_;
  host::WaitList writers_;
};

// A timer: reads take how often it has expired. As on Linux a periodic timer that nobody reads
// rings once; the periods that passed meanwhile are counted by the read.
class TimerDescription final : public Description {
 public:
  explicit TimerDescription(int flags);

  std::uint32_t ready() override;
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

  // set() arms it (value not 0) or disarms it; get() is the time left and the period.
  int set(bool absolute, const itimerspec& value);
  itimerspec get();

 private:
  struct Bell final : host::Alarm {
    explicit Bell(TimerDescription& of) : timer(of) {}
    void ring() override { timer.expire(); }
    TimerDescription& timer;
  };

  std::int64_t now_ns() const;
  void expire();
  void count_periods();

  Bell bell_;
  std::int64_t next_ns_ = 0;    // 0: disarmed
  std::int64_t period_ns_ = 0;  // 0: once
  std::uint64_t expirations_ = 0;
  bool rung_ = false;  // and not read since: a periodic timer waits for that
  host::WaitList readers_;
};

}  // namespace norn::sim
