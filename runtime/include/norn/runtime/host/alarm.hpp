// Alarm: something that the world does at a time, without a fiber that waits for it.
#pragma once

#include <cstdint>

#include "norn/runtime/time.hpp"

namespace norn::host {

class World;

// An Alarm belongs to the node whose fiber made it. It rings on whatever stack the event loop runs:
// ring() must be short and must not block. Setting it again replaces the time; destroying it drops
// it.
class Alarm {
 public:
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // set() makes it ring at `when`, and not at the time set before.
  void set(TimePoint when);
  void drop();
  bool pending() const { return slot != kNoSlot; }

 protected:
  // Called by node code: the alarm belongs to the calling fiber's node.
  Alarm();
  ~Alarm() { drop(); }

 private:
  virtual void ring() = 0;

 public:
  // For the world.
  static constexpr std::uint32_t kNoSlot = 0xffffffffU;
  void go_off() { ring(); }
  World* world = nullptr;  // null: the world is gone
  std::uint32_t slot = kNoSlot;
  std::uint32_t node = 0;
  std::uint64_t key = 0;    // identity for keyed choices
  std::uint64_t times = 0;  // how often it was set
  std::uint64_t cause = 0;  // the event under which it was set
};

}  // namespace norn::host
