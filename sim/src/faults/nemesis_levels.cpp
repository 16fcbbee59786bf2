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

// What a system should survive, chosen so that mistakes in consensus show: they need several things
// to go wrong within the time of an election or two. Half a minute sees about 18 partitions, 11
// holds and 14 crashes, most of them in four storms, and a calm end in which all must recover.
// - Messages: minimum and usual delay as in FoundationDB's simulator, but the usual one once up to
// a
//   hundred times: from its 0.8 ms over madsim's 1 to 10 ms to TigerBeetle's mean of 30 to 100 ms,
//   where much is under way when something fails. Its one slow message in 1,000, up to 100 ms,
//   becomes up to one in 50, up to 400 ms: longer than common election timeouts (Ongaro and
//   Ousterhout, "In search of an understandable consensus algorithm", 2014: 150-300 ms), so that a
//   message can come in when its sender's term has long passed. TigerBeetle's simulator loses up to
//   30 % and repeats up to 50 %; up to 2 % each leaves a cluster time to do some work between two
//   losses.
// - Partitions last 1.5 s in the mean (TigerBeetle's are held for 1 to 2 s), in a storm until the
//   next one 300 ms later: as long as an election. A quarter is partial: two groups that both see
//   the others (Alfatafta et al., "Toward a generic fault tolerance technique for partial network
//   partitioning", 2020).
// - Holds stand for FoundationDB's clogs, which last up to 10 s but mostly much less
//   (10 s * e^(-10 u), a mean of 1 s).
// - Crashes: FoundationDB has machines back within 10 s; a node is back after 600 ms in the mean,
//   and after 60 ms in half of the crashes, within the election that it took part in. One crash in
//   six takes several nodes, up to all: what is not on a disk is gone from the whole cluster.
NemesisOptions usual() {
  NemesisOptions options;
  options.links.latency.slow = {1, 50};
  options.links.latency.slow_max = 400ms;
  options.links.loss = {2, 100};
  options.links.duplicate = {2, 100};
  options.partition_every = 5s;
  options.partition_lasts = 1500ms;
  options.one_way_share = {1, 4};
  options.partial_share = {1, 4};
  options.isolate_share = {1, 2};
  options.hold_every = 8s;
  options.hold_lasts = 500ms;
  options.crash_every = 5s;
  options.down_for = 600ms;
  options.bounce_share = {1, 2};
  options.crash_many_share = {1, 6};
  options.crash_again_share = {1, 5};
  options.storm_every = 4s;
  options.storm_lasts = 1500ms;
  options.storm_cut_factor = 16;
  options.storm_crash_factor = 8;
  options.swarm = true;
  return options;
}

// More of the same: storms without much quiet between them, a third of the loss and half of the
// repetition that TigerBeetle's simulator goes up to. A system may be without a majority for a good
// part of a run.
NemesisOptions harsh() {
  NemesisOptions options = usual();
  options.links.latency.slow = {1, 10};
  options.links.latency.slow_max = 1s;
  options.links.loss = {10, 100};
  options.links.duplicate = {25, 100};
  options.partition_every = 2s;
  options.hold_every = 3s;
  options.hold_lasts = 1s;
  options.crash_every = 2s;
  options.crash_many_share = {1, 4};
  options.crash_again_share = {1, 3};
  options.storm_every = 2s;
  options.storm_lasts = 2s;
  options.storm_cut_factor = 8;
  options.storm_crash_factor = 4;
  return options;
}

}  // namespace

Result<NemesisOptions> nemesis_level(std::string_view level) {
  if (level == "calm") return calm();
  if (level == "default") return usual();
  if (level == "harsh") return harsh();
  return {Errc::invalid, "unknown fault level \"" + std::string(level) +
                             "\" (known are: calm, default, harsh, swarm)"};
}

}  // namespace norn
