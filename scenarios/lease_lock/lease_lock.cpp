// A lease lock. Two workers must never be inside at once, whatever fails.
// Invariant: at most one worker inside.          Faults: partition, restart of the lock server.
#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

constexpr norn::Duration kLease = 50ms;

struct Acquire {
  using Reply = bool;
};

// The lease is in memory only. A server that has just started knows of none, but somebody may hold
// one: it must let the time of a lease pass first (Gray and Cheriton, "Leases", SOSP 1989, on the
// recovery of a server).
void lock_server(bool forgets) {
  norn::TimePoint free_at = norn::now() + kLease;
  if (forgets) free_at = {};  // planted: variant forgets-lease
  norn::serve([&](const Acquire&) {
    if (norn::now() < free_at) return false;
    free_at = norn::now() + kLease;
    return true;
  });
}

// A worker that has the lock is done 30 ms after it was granted at the latest: 20 ms for the
// answer, 10 ms inside.
void worker(int& inside) {
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(5ms, 20ms));
    const auto granted = norn::call("lock", Acquire{}, {.timeout = 20ms});
    if (!granted.value_or(false)) continue;
    norn::publish("inside", true);
    ++inside;
    norn::sleep_for(10ms);
    --inside;
    norn::publish("inside", false);
  }
}

}  // namespace

NORN_SCENARIO(lease_lock, "two workers and a lock server that is restarted",
              {.time = 1s,
               .faults = "calm",
               .variants = {
                   {"forgets-lease", "a restarted server grants at once: it forgot the lease"}}}) {
  int inside = 0;
  const bool forgets = sim.variant() == "forgets-lease";
  sim.node("lock", [=] { lock_server(forgets); });
  sim.node("alice", [&] { worker(inside); }, {.may_fail = false});
  sim.node("bob", [&] { worker(inside); }, {.may_fail = false});
  sim.always(
      "at most one worker inside", [&] { return inside <= 1; },
      [&] { return std::to_string(inside) + " workers inside"; });
  sim.sometimes("a worker is inside", [&] { return inside == 1; });

  sim.run_for(1s);
  sim.partition({"alice"}, {"lock", "bob"});
  sim.run_for(500ms);
  sim.heal();
  sim.restart("lock");
  sim.run();
}
