// LinkQueue: a link of limited bandwidth and what waits before it.
#pragma once

#include <cstdint>
#include <optional>

#include "norn/sim/link_options.hpp"

namespace norn::sim {

// The queue is served in order, so how long a message will wait is known when it comes: until the
// link is free of those before it. No event is needed, and nothing is kept of the single message.
//
// CoDel decides when a message leaves the queue. Here it decides when it comes, for that moment;
// what it does not know is what comes in between, so its exception for a queue of less than one
// packet looks at what is there before the message.
class LinkQueue {
 public:
  // CoDel's figures are those of RFC 8289, 4.3 and 4.4.
  static constexpr std::int64_t kTargetNs = 5'000'000;
  static constexpr std::int64_t kIntervalNs = 100'000'000;
  static constexpr std::int64_t kPacketBytes = 1500;

  // pass() returns how long a message of `bytes` that comes now takes to wait and to be sent;
  // nullopt: it is dropped. Times must not fall.
  std::optional<std::int64_t> pass(std::int64_t now_ns, std::int64_t bytes,
                                   const Bandwidth& bandwidth);
  // waiting_ns() is how long a message that comes now would wait.
  std::int64_t waiting_ns(std::int64_t now_ns) const {
    return free_at_ns_ > now_ns ? free_at_ns_ - now_ns : 0;
  }

 private:
  bool codel_drops(std::int64_t leaves_ns, std::int64_t waits_ns, std::int64_t backlog);

  std::int64_t free_at_ns_ = 0;
  // RFC 8289, 5.3 and 5.4
  std::int64_t first_above_ns_ = 0;
  std::int64_t drop_next_ns_ = 0;
  std::uint32_t drops_ = 0;
  std::uint32_t drops_before_ = 0;
  bool dropping_ = false;
};

}  // namespace norn::sim
