// A lease lock. Two workers must never hold it at once, whatever fails.
// Invariant: at most one worker inside.          Faults: partition, restart of the lock server.
#include <norn/sim.hpp>

using namespace std::chrono_literals;

struct Acquire {
  using Reply = bool;
};

void lock_server() {
  norn::TimePoint free_at{};  // in memory only: a crash forgets the lease
  norn::serve([&](const Acquire&) {
    if (norn::now() < free_at) return false;
    free_at = norn::now() + 50ms;
    return true;
  });
}

void worker(int& inside) {
  for (;;) {
    norn::sleep_for(norn::random().between(5ms, 20ms));
    auto granted = norn::call("lock", Acquire{}, {.timeout = 20ms});
    if (!granted.value_or(false)) continue;
    ++inside;
    norn::sleep_for(10ms);
    --inside;
  }
}

NORN_SCENARIO(lease_lock, "a lease lock that forgets") {
  int inside = 0;
  sim.node("lock", lock_server);
  sim.node("alice", [&] { worker(inside); });
  sim.node("bob", [&] { worker(inside); });
  sim.always("at most one worker inside", [&] { return inside <= 1; });

  sim.run_for(1s);
  sim.partition({"alice"}, {"lock", "bob"});
  sim.run_for(500ms);
  sim.heal();
  sim.restart("lock");
  sim.run_for(1s);
}
