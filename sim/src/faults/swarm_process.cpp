// What processes and machines may suffer in a swarm.
#include "faults/swarm_draws.hpp"

namespace norn::sim {

using namespace std::chrono_literals;

void swarm_process(SwarmDraws& swarm) {
  swarm.draw(FaultKind::crash, {.on = {2, 3}, .often = 1s, .seldom = 30s}, [](SwarmFault& crash) {
    crash.lasts(10ms, 4s);
    // One crash in six takes several nodes, up to all.
    crash.some_nodes(crash.chance("many", {1, 6}) ? Ratio{1, 2} : Ratio{0, 1});
  });
}

}  // namespace norn::sim
