// The second phase of a swarm run.
#pragma once

#include "norn/sim/nemesis.hpp"

namespace norn::sim {

// freeze_outsiders() gives half of the plans of systems with a promise a liveness phase that begins
// at `calm_begin`: a random part of the nodes, as many as the system promises to do without, is
// dead or cut off from the others for good; these are the core (as in the liveness mode of
// TigerBeetle's simulator).
void freeze_outsiders(const NemesisScene& scene, Duration calm_begin, FaultPlan& plan);

}  // namespace norn::sim
