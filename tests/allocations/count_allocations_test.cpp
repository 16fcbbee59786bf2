// The allocations of each fiber in a profile, which this program counts: it links
// norn::count_allocations.
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kCacheLine = 64;
struct alignas(kCacheLine) Aligned {
  int value = 0;
};

// A compiler may leave out a `new` whose memory nobody looks at.
void is_needed(const void* memory) {
  asm volatile("" : : "g"(memory) : "memory");
}

norn::RunSummary profiled(std::function<void()> body) {
  norn::SimOptions options = norn::test::options();
  options.profile = true;
  norn::Simulation simulation(options);
  simulation.node("n1", std::move(body));
  simulation.run_for(1min);
  return simulation.summary();
}

std::uint64_t allocations_of(const norn::RunSummary& run, const std::string& fiber) {
  for (const norn::FiberProfile& one : run.fibers) {
    if (one.fiber == fiber) return one.allocations;
  }
  FAIL("no fiber '" << fiber << "' in the profile");
  return 0;
}

}  // namespace

TEST_CASE("a profile counts the allocations of each fiber, and none where there are none") {
  constexpr int kRounds = 100;
  const norn::RunSummary run = profiled([] {
    auto greedy = norn::spawn("greedy", [] {
      std::vector<std::unique_ptr<int>> kept;
      kept.reserve(kRounds);  // one
      for (int i = 0; i < kRounds; ++i) {
        kept.push_back(std::make_unique<int>(i));  // and a hundred, between switches
        is_needed(kept.back().get());
        norn::sleep_for(1ms);
      }
    });
    auto frugal = norn::spawn("frugal", [] {
      for (int i = 0; i < kRounds; ++i) norn::sleep_for(1ms);
    });
    greedy.join();
    frugal.join();
  });
  REQUIRE(run.verdict == norn::Verdict::passed);
  CHECK(allocations_of(run, "greedy") == kRounds + 1);
  CHECK(allocations_of(run, "frugal") == 0);
  CHECK(norn::profile_text(run.fibers).find(" 101  n1 greedy:") != std::string::npos);
}

TEST_CASE("every form of new is counted once") {
  bool fits = false;
  const norn::RunSummary run = profiled([&fits] {
    norn::spawn("forms", [&fits] {
      const auto one = std::make_unique<std::string>();
      const auto many = std::make_unique<int[]>(100);  // NOLINT(*-avoid-c-arrays): new[] is meant
      const auto aligned = std::make_unique<Aligned>();
      const std::unique_ptr<Aligned[]> lines(new Aligned[3]);  // NOLINT(*-avoid-c-arrays)
      const std::unique_ptr<int> careful(new (std::nothrow) int(1));
      for (const void* memory :
           {static_cast<const void*>(one.get()), static_cast<const void*>(many.get()),
            static_cast<const void*>(aligned.get()), static_cast<const void*>(lines.get()),
            static_cast<const void*>(careful.get())}) {
        is_needed(memory);
      }
      fits = reinterpret_cast<std::uintptr_t>(aligned.get()) % kCacheLine == 0 &&
             reinterpret_cast<std::uintptr_t>(lines.get()) % kCacheLine == 0;
    }).join();
  });
  REQUIRE(run.verdict == norn::Verdict::passed);
  CHECK(fits);
  CHECK(allocations_of(run, "forms") == 5);
}
