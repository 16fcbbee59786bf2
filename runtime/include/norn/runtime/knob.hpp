// knob(): numbers of node code that a swarm run changes.
//
//   const auto timeout = norn::knob("election_timeout", 150ms, {50ms, 2s});
//   const auto batch = norn::knob("batch", 64, {1, 4096});
//   const bool eager = norn::knob("eager", true);
#pragma once

#include <cstdint>
#include <string_view>

#include "norn/runtime/time.hpp"

namespace norn {

template <class T>
struct KnobRange {
  T least;
  T most;
};

// knob() is `standard`, unless the run moves it: the level swarm moves every second knob, and
// --knob NAME=VALUE sets one. Outside of a simulation it is `standard`. A quarter of the moved ones
// is at an end of the range, the others log-uniform in it (uniform, when the range goes below 1). A
// run asks once and remembers: the knob is the same on all nodes and in all their lives. To ask
// again with another range is asserted against; so is a range without `standard`.
//
// Which knobs were moved stands in the report of a failure and in its case. Ask for knobs when a
// node starts: a knob that is set on the command line and that nobody asks for is an error. It
// never blocks.
Duration knob(std::string_view name, Duration standard, KnobRange<Duration> range);
std::int64_t knob(std::string_view name, std::int64_t standard, KnobRange<std::int64_t> range);
bool knob(std::string_view name, bool standard);

}  // namespace norn
