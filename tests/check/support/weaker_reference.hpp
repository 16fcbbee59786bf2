// The weaker promises written a second time, straight from their definitions: all orders, and all
// sets of writes that a read may see, are tried.
#pragma once

#include "check/support/reference.hpp"
#include "norn/check/weaker.hpp"

namespace norn::check::testing {

// Up to 16 operations. From `causal` to `regular` the reference must be that of registers.
bool brute_force_keeps(const History& history, const Reference& reference, Consistency consistency);

// The same for `monotonic_writes` or `writes_follow_reads` where reads of a session need not be
// monotonic.
bool brute_force_keeps_alone(const History& history, Consistency consistency);

// Reads and writes of up to two registers by two or three clients, with one store or one each, to
// which writes come late. One read in `odd_one_in` gives not what is there but any value, perhaps
// one that nobody writes or that is only written later.
History draw_accesses(Draws& draws, std::size_t odd_one_in);

// A history of a system that behaves, or nearly, but whose clients are each late or early as a
// whole.
History draw_shifted(Draws& draws, const Reference& reference);

enum class Crashes : std::uint8_t {
  keep_all,  // and operations may go on over a crash
  lose_ends,
};
// A history of a system that crashes once or twice.
History draw_crashing(Draws& draws, const Reference& reference, Crashes crashes);

}  // namespace norn::check::testing
