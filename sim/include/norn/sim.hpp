// All that a scenario needs.
#pragma once

#include "norn/runtime.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/scenario.hpp"
#include "norn/sim/simulation.hpp"
