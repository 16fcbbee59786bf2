// What disks may do in a swarm. Figures: FoundationDB's simulator has 5,000 operations and 50 MB a
// second and syncs of 5 to 15 ms, TigerBeetle's up to a tenth of the reads and writes at fault.
// What damages content without a word spares, of each block, the copies of a majority.
#include "faults/swarm_draws.hpp"

namespace norn::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kShare = "share";

std::int64_t majority(const SwarmFault& fault) {
  return static_cast<std::int64_t>(fault.nodes().size() / 2 + 1);
}

void damage(SwarmFault& fault) {
  fault.lasts(100ms, 10s);
  fault.all_nodes();
  fault.set_share(kShare, {1, 1000}, {1, 10});
  fault.fault.with.insert_or_assign("keep_copies", majority(fault));
}

void draw_damage(SwarmDraws& swarm) {
  for (const FaultKind kind :
       {FaultKind::lost_write, FaultKind::misdirected_write, FaultKind::bit_rot}) {
    swarm.draw(kind, {.on = {1, 6}, .often = 2s, .seldom = 60s}, damage);
  }
  swarm.draw(FaultKind::read_error, {.on = {1, 6}, .often = 2s, .seldom = 60s},
             [](SwarmFault& fault) {
               damage(fault);
               fault.set_word("by", {"block", "call"});
             });
}

void draw_errors(SwarmDraws& swarm) {
  for (const FaultKind kind : {FaultKind::write_error, FaultKind::sync_error}) {
    swarm.draw(kind, {.on = {1, 6}, .often = 2s, .seldom = 60s}, [](SwarmFault& fault) {
      fault.lasts(10ms, 5s);
      fault.one_node();
      fault.set_share(kShare, {1, 1000}, {1, 2});
    });
  }
  swarm.draw(FaultKind::disk_full, {.on = {1, 6}, .often = 5s, .seldom = 60s},
             [](SwarmFault& fault) {
               fault.lasts(100ms, 10s);
               fault.one_node();
               fault.set_number("free", 1, 1'000'000);
             });
  swarm.draw(FaultKind::read_only, {.on = {1, 8}, .often = 5s, .seldom = 60s},
             [](SwarmFault& fault) {
               fault.lasts(100ms, 5s);
               fault.one_node();
             });
}

void draw_delays(SwarmDraws& swarm) {
  swarm.draw(FaultKind::disk_slow, {.on = {1, 3}, .often = 2s, .seldom = 30s},
             [](SwarmFault& fault) {
               fault.lasts(100ms, 20s);
               fault.some_nodes({1, 3});
               fault.set_number("iops", 50, 5'000);
               fault.set_number("bandwidth", 500'000, 50'000'000);
             });
  swarm.draw(FaultKind::disk_stall, {.on = {1, 4}, .often = 2s, .seldom = 60s},
             [](SwarmFault& fault) {
               fault.lasts(50ms, 5s);
               fault.one_node();
             });
}

}  // namespace

void swarm_disk(SwarmDraws& swarm) {
  // In force for a good part of a run, for a crash to come meanwhile.
  swarm.draw(FaultKind::torn_writes, {.on = {1, 2}, .often = 1s, .seldom = 10s},
             [](SwarmFault& fault) {
               fault.lasts(1s, 30s);
               fault.one_node();
               fault.set_share("keeps", {1, 10}, {1, 1});
               fault.set_share("torn", {1, 100}, {1, 1});
               fault.fault.with.insert_or_assign(
                   "grain", std::int64_t{fault.chance("page", {1, 3}) ? 4096 : 512});
             });
  draw_damage(swarm);
  draw_errors(swarm);
  draw_delays(swarm);
}

}  // namespace norn::sim
