// A run that looks like Raft's: an election, a partition with its lost messages, a second leader, a
// crash, a restart.
#pragma once

#include <cstdint>
#include <memory>

#include "viewer/support/trace_builder.hpp"

namespace norn::viewer::test {

struct FakeRaftTimes {
  static constexpr std::int64_t kPartitionBegin = 900 * kMs;
  static constexpr std::int64_t kPartitionEnd = 1700 * kMs;
  static constexpr std::int64_t kCrash = 2150 * kMs;
  static constexpr std::int64_t kRestart = 2500 * kMs;
  static constexpr std::int64_t kEnd = 3000 * kMs;
};

// fake_raft() has nodes n1..n5: n2 leads term 1, is cut off with n1 at kPartitionBegin, n4 leads
// term 2; n5 crashes.
std::unique_ptr<MemorySource> fake_raft();

// fake_faults() has nodes n1..n6 in three zones that ask one another, and a fault of each form, one
// after another: a partition whose sides lie between one another, an isolation one way, a ring, a
// split, one that comes and goes, a hold, losses, and wrong clocks.
std::unique_ptr<MemorySource> fake_faults();

// busy_trace() has about `events` events among `nodes` nodes, evenly over time, with losses,
// crashes and partitions.
std::unique_ptr<MemorySource> busy_trace(std::uint64_t events, std::uint32_t nodes);

}  // namespace norn::viewer::test
