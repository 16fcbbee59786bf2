// A lease that two workers take turns with, on clocks that do not agree.
// Invariant: at most one worker holds it.          Faults: clocks are off, and
// run fast or slow.
#include <algorithm>
#include <cstdint>
#include <string>

#include <norn/sim.hpp>

#include "norn/runtime/wall_clock.hpp"

using namespace std::chrono_literals;

namespace {

constexpr norn::Duration kLease = 400ms;
// Clocks run fast or slow by two per cent at most: that is what the holder and
// the server each allow for.
constexpr std::int64_t kDriftPpm = 20'000;

enum class Lease { lasts, ends_at, lasts_exactly };

struct Acquire {
  using Reply = std::int64_t;  // 0: not granted; else when it ends, on the
                               // server's wall clock
};

std::int64_t wall_ns() {
  return norn::WallClock::now().time_since_epoch().count();
}

norn::Duration with_drift(norn::Duration time, std::int64_t ppm) {
  return time + time / 1'000'000 * ppm;
}

// The server grants again when the lease is over: on its wall clock, or after
// its time and what its own clock may be fast by.
void lease_server(Lease lease) {
  norn::TimePoint free_at{};
  std::int64_t free_at_wall = 0;
  norn::serve([&](const Acquire&) -> std::int64_t {
    const bool free = lease == Lease::ends_at ? wall_ns() >= free_at_wall : norn::now() >= free_at;
    if (!free) return 0;
    free_at_wall = wall_ns() + kLease.count();
    free_at = norn::now() + with_drift(kLease, lease == Lease::lasts_exactly ? 0 : 2 * kDriftPpm);
    return free_at_wall;
  });
}

// The holder counts from before it asked, on its own timers, and stops early by
// what its clock may be slow by.
void hold(Lease lease, norn::TimePoint asked, std::int64_t ends_at_wall) {
  constexpr norn::Duration slice = 5ms;
  const norn::TimePoint until =
      asked + with_drift(kLease, lease == Lease::lasts_exactly ? 0 : -2 * kDriftPpm);
  for (;;) {
    const norn::Duration left =
        lease == Lease::ends_at ? norn::Duration(ends_at_wall - wall_ns()) : until - norn::now();
    if (left <= norn::Duration::zero()) return;
    norn::sleep_for(std::min(slice, left));
  }
}

void worker(Lease lease, int& holders, std::uint64_t& terms) {
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(1ms, 10ms));
    const norn::TimePoint asked = norn::now();
    const auto granted = norn::call("server", Acquire{}, {.timeout = 50ms});
    if (!granted || *granted == 0) continue;
    norn::publish("holds", true);
    ++holders;
    ++terms;
    hold(lease, asked, *granted);
    --holders;
    norn::publish("holds", false);
  }
}

// Sets a clock wrong, or lets it run fast or slow within what is promised; not
// in the last quarter of the run.
void tinkerer(norn::Simulation& sim) {
  while (norn::now() < norn::TimePoint(sim.time() * 3 / 4 - 2s)) {
    norn::sleep_for(norn::random().between(50ms, 500ms));
    const char* const nodes[] = {"server", "alice", "bob"};
    const std::string victim = nodes[norn::random().below(3)];
    norn::Fault fault{.lasts = norn::random().between(100ms, 2s), .side_a = {victim}};
    if (norn::random().chance(1, 2)) {
      fault.kind = norn::FaultKind::clock_skew;
      fault.with["by"] = norn::random().between(-300ms, 300ms);
      sim.begin_fault(fault);
      continue;
    }
    fault.kind = norn::FaultKind::clock_drift;
    fault.with["ppm"] = norn::random().chance(1, 2) ? kDriftPpm : -kDriftPpm;
    sim.begin_fault(fault);
    norn::sleep_for(*fault.lasts);  // one at a time: two would add up to more
                                    // than is promised
  }
}

Lease lease_of(const std::string& variant) {
  if (variant == "ends-at") return Lease::ends_at;
  return variant == "no-margin" ? Lease::lasts_exactly : Lease::lasts;
}

}  // namespace

NORN_SCENARIO(skewed_lease, "a lease on clocks that do not agree",
              {.time = 10s,
               .faults = "calm",
               .variants = {{"ends-at",
                             "the lease ends at a time of day, which each node has its "
                             "own idea of"},
                            {"no-margin", "nobody allows for clocks that run fast or slow"}},
               .vetoes = {"process", "clock", "disk"}}) {
  int holders = 0;
  std::uint64_t terms = 0;
  const Lease lease = lease_of(sim.variant());
  sim.node("server", [lease] { lease_server(lease); });
  for (const char* name : {"alice", "bob"})
    sim.node(name, [&, lease] { worker(lease, holders, terms); });
  sim.node("tinkerer", [&sim] { tinkerer(sim); }, {.may_fail = false});
  sim.always(
      "at most one worker holds the lease", [&] { return holders <= 1; },
      [&] { return std::to_string(holders) + " workers hold it"; });
  sim.progress("the lease changes hands", [&] { return terms; }, {.within = 2s});
  sim.run();
}
