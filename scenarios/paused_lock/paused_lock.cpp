// A lock with a lease guards a counter in a store. Its holder may stop for
// longer than the lease, and go on as if nothing had happened. Invariant: no
// increment is lost.          Faults: workers are paused, messages are slow.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

constexpr norn::Duration kLease = 100ms;

// A token counts how often the lock was granted. 0: it was not.
struct Acquire {
  using Reply = std::uint64_t;
};
struct Release {
  std::uint64_t token;
};
struct Read {
  std::uint64_t token;
  using Reply = std::int64_t;  // -1: refused
};
struct Write {
  std::uint64_t token;
  std::int64_t value;
  using Reply = bool;
};

enum class Fencing { reads_and_writes, writes_only, none };

void lock_server() {
  norn::TimePoint free_at{};
  std::uint64_t token = 0;
  norn::serve(
      [&](const Acquire&) -> std::uint64_t {
        if (norn::now() < free_at) return 0;
        free_at = norn::now() + kLease;
        return ++token;
      },
      [&](const Release& release) {
        if (release.token == token) free_at = norn::now();
      });
}

// The store refuses who comes with an older token than it has seen, and a
// second write with one token, for a message may arrive twice. It must look at
// the tokens of reads as well: a late write that comes after the read of the
// next holder would be lost in what that one writes.
void store(Fencing fencing, std::int64_t& value, std::int64_t& increments) {
  std::uint64_t newest = 0;
  std::uint64_t written = 0;
  norn::serve(
      [&](const Read& read) -> std::int64_t {
        if (fencing == Fencing::reads_and_writes) {
          if (read.token < newest) return -1;
          newest = read.token;
        }
        return value;
      },
      [&](const Write& write) {
        if (fencing != Fencing::none) {
          if (write.token < newest || write.token == written) return false;
          newest = write.token;
        }
        written = write.token;
        value = write.value;
        ++increments;
        return true;
      });
}

// The worker is careful: it looks at its clock, and does not write when its
// lease is over. But it cannot look and write at one instant.
void increment(std::uint64_t token, norn::TimePoint until) {
  const auto value = norn::call("store", Read{token}, {.timeout = 50ms});
  if (!value || *value < 0) return;
  norn::sleep_for(norn::random().between(1ms, 20ms));
  if (norn::now() >= until) return;
  norn::consume(1ms);  // the new value is computed and packed: here the
                       // collector may strike
  static_cast<void>(norn::call("store", Write{token, *value + 1}, {.timeout = 50ms}));
}

void worker() {
  for (;;) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(1ms, 30ms));
    const norn::TimePoint asked = norn::now();
    const auto token = norn::call("lock", Acquire{}, {.timeout = 50ms});
    if (!token || *token == 0) continue;
    increment(*token, asked + kLease);
    norn::send("lock", Release{*token});
  }
}

// Stops one worker after the other, now and then for longer than a lease; not
// in the last quarter of the run.
void collector(norn::Simulation& sim, const std::vector<std::string>& workers) {
  while (norn::now() < norn::TimePoint(sim.time() * 3 / 4)) {
    norn::sleep_for(norn::random().between(20ms, 200ms));
    const std::string& victim = workers[norn::random().below(workers.size())];
    sim.pause(victim);
    norn::sleep_for(norn::random().between(10ms, 400ms));
    sim.resume(victim);
  }
}

Fencing fencing_of(const std::string& variant) {
  if (variant == "no-fencing") return Fencing::none;
  return variant == "fences-writes-only" ? Fencing::writes_only : Fencing::reads_and_writes;
}

}  // namespace

NORN_SCENARIO(paused_lock, "a lock with a lease, and holders that are paused",
              {.time = 5s,
               .faults = "calm",
               .variants = {{"no-fencing", "the store trusts whoever believes to have the lock"},
                            {"fences-writes-only",
                             "the store does not look at the tokens of reads"}},
               .vetoes = {"clock", "disk"}}) {
  std::int64_t value = 0;
  std::int64_t increments = 0;
  const Fencing fencing = fencing_of(sim.variant());
  sim.node("lock", lock_server, {.may_fail = false});
  sim.node("store", [&, fencing] { store(fencing, value, increments); }, {.may_fail = false});
  std::vector<std::string> workers = {"alice", "bob", "carol", "dave"};
  workers.resize(static_cast<std::size_t>(sim.knob("workers", 2, {2, 4})));
  for (const std::string& name : workers) sim.node(name, worker);
  sim.node("collector", [&] { collector(sim, workers); }, {.may_fail = false});
  sim.always(
      "no increment is lost", [&] { return value == increments; },
      [&] { return std::to_string(increments) + " increments made " + std::to_string(value); });
  sim.progress("the counter goes on", [&] { return static_cast<std::uint64_t>(increments); },
               {.within = 1s});
  sim.run();
}
