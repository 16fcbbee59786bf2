// The faults of the story: crashes, and everything that a disk does and that one copy can survive.
#pragma once

#include <norn/sim.hpp>

namespace wal_store {

// cause_trouble() lets time pass until `calm`, with faults that the seed chooses.
void cause_trouble(norn::Simulation& sim, norn::TimePoint calm);

}  // namespace wal_store
