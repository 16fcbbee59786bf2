// Who must have come before whom, as the lists show it.
#pragma once

#include "check/transactions/list_versions.hpp"

namespace norn::check::txn {

// add_list_edges() adds the edges of Adya's serialization graph: kWw from the writer of a version
// to that of the next one, kWr from the writer of a version to who read it, kRw from who read a
// version to the writer of the next one. Versions of aborted transactions are passed over.
void add_list_edges(const Index& index, const ListVersions& versions, EdgeList& edges);

}  // namespace norn::check::txn
