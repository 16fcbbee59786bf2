// What makes a simulation differ from itself, on purpose: each variant lets something into a
// decision that is not of the seed, but for two that only seem to. Invariant: none. Faults: none.
// tidy: allow-file os-random (a variant leaks it, to be caught)
// tidy: allow-file wall-clock (a variant leaks it, to be caught)
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <random>

#include <sys/syscall.h>
#include <unistd.h>

#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

struct Ping {
  using Reply = bool;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the leak itself
std::atomic<std::uint64_t> runs_of_this_process{0};

// What the machine says when it is asked by a raw system call, which nobody answers in its place.
std::int64_t machine_chance() {
  std::uint32_t bits = 0;
  ::syscall(SYS_getrandom, &bits, sizeof bits, 0);
  return bits;
}

std::int64_t machine_clock() {
  timespec time{};
  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return time.tv_nsec;
}

// How long the client waits before its next ping, in microseconds.
std::int64_t next_wait(const std::string& leak, std::uint64_t run) {
  const std::int64_t wait = norn::random().between(100, 999);
  if (leak == "random-device") return wait + machine_chance() % 1000;
  if (leak == "wall-clock") return wait + machine_clock() % 1000;
  if (leak == "std-random-device") return wait + std::random_device()() % 1000;
  if (leak == "std-clock")
    return wait + std::chrono::system_clock::now().time_since_epoch().count() / 1000 % 1000;
  if (leak == "static-counter") return wait + static_cast<std::int64_t>(run);
  if (leak == "address") {
    // Alike twice in one process, mostly; not in two, where the system lays out memory anew.
    static const int kSomewhere = 0;
    return wait +
           static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&kSomewhere) >> 12U) % 1000;
  }
  return wait;
}

void client(const std::string& leak, std::uint64_t run) {
  for (int i = 0; i < 20; ++i) {
    // The leak comes late: what is named as the first difference must not be the first event.
    norn::sleep_for(std::chrono::microseconds(next_wait(i < 10 ? "" : leak, run)));
    (void)norn::call("server", Ping{}, {.timeout = 5ms});
  }
}

}  // namespace

NORN_SCENARIO(leaks, "what makes a simulation differ from itself; for --check-determinism",
              {.time = 1s,
               .faults = "calm",
               .variants = {{"random-device", "waits for a time from the machine's random device"},
                            {"wall-clock", "waits for a time from the machine's clock"},
                            {"std-random-device", "asks std::random_device: no leak"},
                            {"std-clock", "asks std::chrono::system_clock: no leak"},
                            {"static-counter", "waits longer in each run of the process"},
                            {"address", "waits for a time from the address of a variable"}}}) {
  const std::uint64_t run = ++runs_of_this_process;
  const std::string leak = sim.variant();
  sim.node("server", [] { norn::serve([](const Ping&) { return true; }); });
  sim.node("client", [=] { client(leak, run); });
  sim.run();
}
