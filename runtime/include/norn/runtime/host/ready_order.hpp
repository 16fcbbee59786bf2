// ReadyOrder: how a scheduler ranks fibers that are ready at one instant.
#pragma once

#include <cstdint>

namespace norn::host {

// Which of the fibers that are ready at one instant runs first, among those of one priority.
enum class ReadyOrder : std::uint8_t {
  keyed,         // as the world's keyed choices say: any order is possible
  first_come,    // in the order in which they became ready
  newest_first,  // the last that became ready: a tree of fibers is walked depth first, which keeps
                 // few of them alive at a time
  chosen,        // as World::choose_ready() says, among the fibers of one node
};

}  // namespace norn::host
