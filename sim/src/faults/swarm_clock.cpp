// What clocks may do in a swarm.
#include "faults/swarm_draws.hpp"

namespace norn::sim {
namespace {

using namespace std::chrono_literals;

// Either way with the same chance.
std::int64_t signed_number(const SwarmFault& fault, std::string_view what, std::int64_t low,
                           std::int64_t high) {
  const std::int64_t number = fault.log_number(what, low, high);
  return fault.chance("negative", {1, 2}) ? -number : number;
}

void set_offset(SwarmFault& fault, Duration low, Duration high) {
  const Duration by = fault.time("by", low, high);
  fault.fault.with.insert_or_assign("by", fault.chance("negative", {1, 2}) ? -by : by);
}

}  // namespace

// Of a clock that NTP keeps, the error is of milliseconds; where NTP is broken or a battery is
// empty, of anything. Drift from a good quartz up to a virtual machine with a broken clock source.
void swarm_clock(SwarmDraws& swarm) {
  swarm.draw(FaultKind::clock_skew, {.often = 1s, .seldom = 30s}, [](SwarmFault& skew) {
    skew.lasts(100ms, 20s);
    skew.some_nodes({1, 4});
    set_offset(skew, 1ms, 60s);
  });
  swarm.draw(FaultKind::clock_drift, {.often = 1s, .seldom = 30s}, [](SwarmFault& drift) {
    drift.lasts(1s, 30s);
    drift.some_nodes({1, 4});
    drift.fault.with.insert_or_assign("ppm", signed_number(drift, "ppm", 10, 200'000));
  });
  swarm.draw(FaultKind::clock_jump, {.on = {1, 3}, .often = 2s}, [](SwarmFault& jump) {
    jump.one_node();
    set_offset(jump, 1ms, 3600s);
  });
  swarm.draw(FaultKind::clock_slew, {.on = {1, 3}, .often = 2s}, [](SwarmFault& slew) {
    slew.lasts(1s, 20s);
    slew.some_nodes({1, 2});
    slew.set_number("ppm", 500, 100'000);
  });
  swarm.draw(FaultKind::leap_second, {.on = {1, 6}, .often = 5s}, [](SwarmFault& leap) {
    leap.lasts(2s, 30s);
    leap.some_nodes({1, 2});
    leap.set_word("how", {"smear", "step"});
  });
}

}  // namespace norn::sim
