// Who came before whom in time.
#pragma once

#include "check/transactions/index.hpp"

namespace norn::check::txn {

// add_time_edges() lets each committed transaction that returned come before all that were called
// later: kRealtime over all processes, kProcess within each. Times go in one chain of junctions, so
// that there are at most three edges a transaction, however many overlap. An unknown transaction
// may take effect at any time after its call: nothing comes after it.
void add_time_edges(const Index& index, EdgeList& edges);

}  // namespace norn::check::txn
