// Scenarios that the tests of campaigns, cases, replay and the determinism check run.
#include <stdexcept>
#include <string>
#include <vector>

#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

struct Toss {
  int round = 0;
};

struct Shared {
  int heads_in_a_row = 0;
  int tails = 0;
};

// Tosses a coin and sends it to the other node, which counts.
void tosser(int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    norn::sleep_for(1ms);
    if (norn::random().chance(1, 2)) norn::send("counter", Toss{round});
  }
}

void counter(Shared& shared) {
  for (;;) {
    const auto toss = norn::receive_for<Toss>(1500us);
    shared.heads_in_a_row = toss.ok() ? shared.heads_in_a_row + 1 : 0;
    if (!toss.ok()) ++shared.tails;
  }
}

std::uint64_t static_runs = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

// Breaks in a part of the seeds, and always in the same ones.
NORN_SCENARIO(explore_coin, "a coin that must not show heads too often in a row",
              {.time = 100ms,
               .faults = "calm",
               .variants = {{"fair", "it may show what it likes"}}}) {
  Shared shared;
  const bool fair = sim.variant() == "fair";
  sim.node("tosser", [] { tosser(20); });
  sim.node("counter", [&] { counter(shared); });
  sim.always(
      "no six heads in a row", [&] { return fair || shared.heads_in_a_row < 6; },
      [&] { return std::to_string(shared.heads_in_a_row) + " heads"; });
  sim.sometimes("tails", [&] { return shared.tails > 0; });
  sim.sometimes("a coin on its edge", [] { return false; });
  sim.run();
}

NORN_SCENARIO(explore_throws, "throws in one seed of three", {.time = 10ms, .faults = "calm"}) {
  sim.node("one", [] { norn::sleep_for(1ms); });
  sim.run();
  if (sim.seed() % 3 == 0)
    throw std::runtime_error("seed " + std::to_string(sim.seed()) + " is a multiple of 3");
}

// Not deterministic from the second run of the process on.
NORN_SCENARIO(explore_static, "remembers how often it ran", {.time = 10ms, .faults = "calm"}) {
  const std::uint64_t run = static_runs++;
  sim.node("forgetful", [] { norn::sleep_for(1ms); });
  sim.node("mindful", [=] {
    norn::sleep_for(2ms);
    norn::log("run " + std::to_string(run));
  });
  sim.run();
}

// Ends the whole process in seed 3.
NORN_SCENARIO(explore_crash, "crashes the process that runs it",
              {.time = 10ms,
               .faults = "calm",
               .variants = {{"assertion", "misuses Norn"},
                            {"segmentation-fault", "reads from nowhere"}}}) {
  const bool now = sim.seed() == 3;
  const std::string how = sim.variant();
  sim.node("doomed", [=] {
    norn::sleep_for(1ms);
    if (now && how == "assertion") (void)norn::random().below(0);
    static const volatile int* nowhere = nullptr;
    if (now && how == "segmentation-fault") norn::log(std::to_string(*nowhere));
  });
  sim.run();
}

// Never ends, or takes more and more memory, in seed 3.
NORN_SCENARIO(explore_greedy, "takes all the time or memory that there is",
              {.time = 10ms,
               .faults = "calm",
               .variants = {{"spins", "never blocks again"}, {"hoards", "takes 1 GiB"}}}) {
  constexpr std::size_t kPiece = 1U << 20U;
  constexpr std::size_t kPieces = 1024;
  const bool now = sim.seed() == 3;
  const std::string how = sim.variant();
  sim.node("glutton", [=] {
    norn::sleep_for(1ms);
    for (volatile bool more = now && how == "spins"; more;) {
    }
    std::vector<std::string> hoard;
    while (now && how == "hoards" && hoard.size() < kPieces) hoard.emplace_back(kPiece, 'x');
  });
  sim.run();
}
