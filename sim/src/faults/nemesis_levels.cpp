// The nemesis levels: how much goes wrong, and why that much.
#include <array>
#include <chrono>
#include <string>

#include "norn/sim/nemesis.hpp"

namespace norn {
namespace {

using namespace std::chrono_literals;

// No faults and no loss. Delays are those of FoundationDB's simulator (see Latency).
NemesisOptions calm() {
  return {};
}

// What a system should survive: a run of half a minute sees about seven partitions, three holds and
// eight crashes, and a calm end in which it must recover.
// - Messages: minimum and usual delay as in FoundationDB's simulator. Its one slow message in
// 1,000,
//   up to 100 ms, becomes up to one in 50, up to 400 ms: longer than common election timeouts
//   (Ongaro and Ousterhout, "In search of an understandable consensus algorithm", 2014: 150-300
//   ms), so that a message can come in when its sender's term has long passed. TigerBeetle's
//   simulator loses up to 30 % and repeats up to 50 %; up to 2 % each leaves a cluster time to do
//   some work between two losses.
// - Partitions last 1.5 s in the mean: TigerBeetle's are held for 1 to 2 s.
// - Holds stand for FoundationDB's clogs, which last up to 10 s but mostly much less
//   (10 s * e^(-10 u), a mean of 1 s).
// - Crashes: FoundationDB has machines back within 10 s; a node is back after 600 ms in the mean,
//   and after 60 ms in a third of the crashes, within the election that it took part in. One crash
//   in six takes several nodes, up to all: what is not on a disk is gone from the whole cluster.
NemesisOptions usual() {
  NemesisOptions options;
  options.links.latency.slow = {1, 50};
  options.links.latency.slow_max = 400ms;
  options.links.loss = {2, 100};
  options.links.duplicate = {2, 100};
  options.partition_every = 3s;
  options.partition_lasts = 1500ms;
  options.one_way_share = {1, 4};
  options.isolate_share = {1, 2};
  options.hold_every = 7s;
  options.hold_lasts = 500ms;
  options.crash_every = 3500ms;
  options.down_for = 600ms;
  options.bounce_share = {1, 3};
  options.crash_many_share = {1, 6};
  options.crash_again_share = {1, 5};
  options.swarm = true;
  return options;
}

// More of the same, about three times as often; a third of the loss and half of the repetition that
// TigerBeetle's simulator goes up to. A system may be without a majority for a good part of a run.
NemesisOptions harsh() {
  NemesisOptions options = usual();
  options.links.latency.slow = {1, 10};
  options.links.latency.slow_max = 1s;
  options.links.loss = {10, 100};
  options.links.duplicate = {25, 100};
  options.partition_every = 1200ms;
  options.partition_lasts = 1s;
  options.hold_every = 2500ms;
  options.hold_lasts = 1s;
  options.crash_every = 1s;
  options.crash_many_share = {1, 4};
  options.crash_again_share = {1, 3};
  return options;
}

}  // namespace

Result<NemesisOptions> nemesis_level(std::string_view level) {
  if (level == "calm") return calm();
  if (level == "default") return usual();
  if (level == "harsh") return harsh();
  return {Errc::invalid,
          "unknown fault level \"" + std::string(level) + "\" (known are: calm, default, harsh)"};
}

}  // namespace norn
