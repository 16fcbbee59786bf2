// buggify(): places where node code may do something rare on purpose.
//
//   if (norn::buggify()) norn::sleep_for(1s);          // a flush that takes long
//   const auto limit = norn::buggify("tiny batch") ? 1 : 1000;
#pragma once

#include <source_location>
#include <string_view>

#include "norn/runtime/host/chaos.hpp"

namespace norn {

namespace detail {
bool buggify_fires(const char* function, std::string_view label, std::source_location where);
}

// buggify() is true now and then in runs that ask for it (--buggify, and the level swarm), and
// false otherwise and outside of a simulation: the code behind it does what is allowed but seldom
// happens, such as a short write, an early timeout, a small batch. It is chosen on two levels, as
// in FoundationDB's simulator: in each run a place is armed with probability 1/4, and an armed
// place fires 1/4 of the times that a node passes it. So most runs have few places that fire, and
// these often.
//
// A place is known by the name of its function and its label, and not by its line: seeds survive
// edits. Several places of a function need labels, or are armed together. Switched off it costs the
// test of one flag. It never blocks.
inline bool buggify(std::string_view label = {}, const char* function = __builtin_FUNCTION(),
                    std::source_location where = std::source_location::current()) {
  if (!host::AttachedChaos::here.buggify) [[likely]]
    return false;
  return detail::buggify_fires(function, label, where);
}

}  // namespace norn
