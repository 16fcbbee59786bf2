// The limit: the least that a simulator of this kind can do for a message, as fast as we can write
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace norn::bench {

// LimitLoop runs fibers that are blocked in receive and forward messages as message_load.hpp says.
// A message costs: the lookup of its link, two keyed draws, 16 bytes copied into a slot and out
// again, the event queue, a switch from the blocking fiber straight to the next, two compact trace
// records and their share of the hash. There are no faults, no timers to cancel, no crashes: the
// figure is a floor that the engine is measured against.
class LimitLoop {
 public:
  explicit LimitLoop(std::uint32_t nodes);
  ~LimitLoop();
  LimitLoop(const LimitLoop&) = delete;
  LimitLoop& operator=(const LimitLoop&) = delete;

  // run() delivers `messages` more messages.
  void run(std::uint64_t messages);
  // hash() covers all trace records; equal for equal runs.
  std::uint64_t hash() const;
  std::uint64_t trace_bytes() const;
  std::uint64_t trace_records() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// SleepLimit runs fibers that do nothing but sleep: the event queue, a trace record, and a switch
// unless the sleeper is itself the next to wake.
class SleepLimit {
 public:
  explicit SleepLimit(std::uint32_t fibers);
  ~SleepLimit();
  SleepLimit(const SleepLimit&) = delete;
  SleepLimit& operator=(const SleepLimit&) = delete;

  void run(std::uint64_t sleeps);
  std::uint64_t hash() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace norn::bench
