// What processes and machines may suffer in a swarm.
#include "faults/swarm_draws.hpp"

namespace norn::sim {

using namespace std::chrono_literals;

namespace {

// Collections of garbage take milliseconds, seldom seconds; the move of a virtual machine up to
// some seconds, and stops its timers: its clock is behind from then on.
void draw_pauses(SwarmDraws& swarm) {
  const bool clocks_may_err = !swarm.vetoed("clock");
  swarm.draw(FaultKind::pause, {.often = 500ms, .seldom = 20s},
             [clocks_may_err](SwarmFault& pause) {
               pause.lasts(1ms, 3s);
               pause.some_nodes(pause.chance("many", {1, 10}) ? Ratio{1, 3} : Ratio{0, 1});
               if (clocks_may_err && pause.chance("moved", {1, 4}))
                 pause.set_word("timers", {"stop"});
             });
  swarm.draw(FaultKind::slow_cpu, {.on = {1, 3}, .often = 1s, .seldom = 20s}, [](SwarmFault& slow) {
    slow.lasts(100ms, 5s);
    slow.one_node();
    slow.set_number("factor", 2, 100);
    slow.set_time("wake_cost", 1us, 2ms);
  });
}

void draw_repeated_crashes(SwarmDraws& swarm) {
  const auto by = [](SwarmFault& fault) { fault.set_word("by", {"kill", "crash"}); };
  swarm.draw(FaultKind::crash_loop, {.on = {1, 4}, .often = 3s}, [by](SwarmFault& loop) {
    loop.lasts(200ms, 5s);
    loop.one_node();
    loop.set_time("up_for", 10ms, 1s);
    loop.set_time("down_for", 5ms, 300ms);
    by(loop);
  });
  swarm.draw(FaultKind::crash_in_recovery, {.on = {1, 3}, .often = 2s}, [by](SwarmFault& again) {
    again.lasts(500ms, 2s);
    again.one_node();
    again.set_number("times", 1, 5);
    again.set_time("within", 1ms, 50ms);
    again.set_time("down_for", 5ms, 200ms);
    by(again);
  });
}

}  // namespace

void swarm_process(SwarmDraws& swarm) {
  swarm.draw(FaultKind::crash, {.on = {2, 3}, .often = 1s, .seldom = 30s}, [](SwarmFault& crash) {
    crash.lasts(10ms, 4s);
    // One crash in six takes several nodes, up to all.
    crash.some_nodes(crash.chance("many", {1, 6}) ? Ratio{1, 2} : Ratio{0, 1});
  });
  swarm.draw(FaultKind::kill, {.often = 1s, .seldom = 30s}, [](SwarmFault& kill) {
    kill.lasts(5ms, 2s);
    kill.one_node();
  });
  swarm.draw(FaultKind::shutdown, {.on = {1, 4}, .often = 2s}, [](SwarmFault& shutdown) {
    shutdown.lasts(50ms, 3s);
    shutdown.one_node();
    shutdown.set_time("grace", 1ms, 500ms);
  });
  swarm.draw(FaultKind::upgrade, {.on = {1, 4}, .often = 3s}, [](SwarmFault& upgrade) {
    upgrade.lasts(50ms, 1s);
    upgrade.one_node();
  });
  draw_pauses(swarm);
  draw_repeated_crashes(swarm);
  // Kept within what the scenario promises; without a promise these become crashes.
  swarm.draw(FaultKind::wipe_disk, {.on = {1, 6}, .often = 10s}, [](SwarmFault& wipe) {
    wipe.lasts(50ms, 2s);
    wipe.one_node();
  });
  swarm.draw(FaultKind::swap_disk, {.on = {1, 12}, .often = 10s}, [](SwarmFault& swap) {
    swap.lasts(50ms, 2s);
    swap.some_nodes({1, 4});
    if (swap.fault.side_a.size() < 2) swap.leave_out();
  });
  swarm.draw(FaultKind::memory_limit, {.on = {1, 4}, .often = 2s}, [](SwarmFault& limit) {
    limit.lasts(100ms, 5s);
    limit.one_node();
    limit.set_number("bytes", 1 << 10, 1 << 26);
    if (limit.chance("fails at times", {1, 2})) limit.set_share("fails", {1, 1000}, {1, 10});
  });
}

}  // namespace norn::sim
