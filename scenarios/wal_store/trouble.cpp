#include "wal_store/trouble.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace wal_store {
namespace {

// Draws of this story, apart from all that the simulation draws.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}

  std::uint64_t below(std::uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t bits = state_;
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;  // the mixing steps of SplitMix64
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return ((bits ^ (bits >> 31U)) >> 33U) % bound;
  }
  norn::Duration time(norn::Duration low, norn::Duration high) {
    return low + norn::Duration(static_cast<std::int64_t>(
                     below(static_cast<std::uint64_t>((high - low).count()))));
  }

 private:
  std::uint64_t state_;
};

// One that may come up, with its parameters. Rot spares the open segment: in its last record, a
// store with one copy cannot tell rot from an append that a crash interrupted.
norn::Fault one_of(norn::FaultKind kind, Draws& draws) {
  using norn::FaultKind;
  norn::Fault fault{.kind = kind, .lasts = draws.time(50ms, 800ms), .side_a = {"store"}};
  const auto share = norn::Ratio{1, static_cast<std::uint32_t>(1 + draws.below(20))};
  switch (kind) {
    case FaultKind::bit_rot:
      fault.with = {{"share", share}, {"path", std::string("wal/sealed")}};
      break;
    case FaultKind::read_error:
    case FaultKind::write_error:
    case FaultKind::sync_error:
      fault.with = {{"share", share}};
      break;
    case FaultKind::disk_full:
      fault.with = {{"free", static_cast<std::int64_t>(draws.below(20'000))}};
      break;
    case FaultKind::disk_slow:
      fault.with = {{"iops", static_cast<std::int64_t>(100 + draws.below(2'000))}};
      break;
    case FaultKind::crash:
      fault.lasts = draws.time(5ms, 200ms);
      break;
    default:
      break;
  }
  return fault;
}

}  // namespace

void cause_trouble(norn::Simulation& sim, norn::TimePoint calm) {
  using norn::FaultKind;
  Draws draws(sim.seed());
  // Every seed has a mix of its own: what all have would hide what only some of it shows.
  std::vector<FaultKind> kinds = {FaultKind::crash, FaultKind::crash};
  for (const FaultKind kind :
       {FaultKind::bit_rot, FaultKind::read_error, FaultKind::write_error, FaultKind::sync_error,
        FaultKind::disk_full, FaultKind::disk_slow, FaultKind::disk_stall, FaultKind::read_only}) {
    if (draws.below(3) == 0) kinds.push_back(kind);
  }
  if (draws.below(4) != 0) {
    const auto share = norn::Ratio{1, static_cast<std::uint32_t>(1 + draws.below(4))};
    sim.begin_fault({.kind = FaultKind::torn_writes,
                     .lasts = calm - sim.now(),
                     .side_a = {"store"},
                     .with = {{"torn", share}, {"grain", std::int64_t{512}}}});
  }
  for (;;) {
    sim.run_for(std::min(draws.time(20ms, 400ms), calm - sim.now()));
    if (sim.now() >= calm || sim.violated()) return;
    norn::Fault fault = one_of(kinds[draws.below(kinds.size())], draws);
    fault.lasts = std::min(*fault.lasts, calm - sim.now());
    if (fault.kind == FaultKind::crash && !sim.is_up("store")) continue;
    sim.begin_fault(std::move(fault));
  }
}

}  // namespace wal_store
