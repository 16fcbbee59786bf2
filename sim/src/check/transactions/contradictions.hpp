// Anomalies that need no graph: transactions that contradict themselves, and lost updates.
#pragma once

#include "check/transactions/list_versions.hpp"
#include "check/transactions/register_versions.hpp"

namespace norn::check::txn {

// Internal: a read differs from what the transaction's own earlier reads and writes of the key ask
// for (axiom INT of Cerone, Bernardi and Gotsman, "A Framework for Transactional Consistency Models
// with Atomic Visibility", CONCUR 2015). Future read: it sees what its transaction writes only
// later. At most one of each is reported of a transaction.
void find_list_contradictions(const Index& index, const ListVersions& versions, Findings& findings);
void find_register_contradictions(const Index& index, Findings& findings);

// Lost update: several committed transactions read the same version of a key and then wrote the
// key. It needs no order of the versions that they wrote.
void find_lost_updates(const Index& index, const ListVersions& versions, Findings& findings);
// Of registers also dirty updates: a transaction that wrote what it made of an aborted version.
void find_lost_updates(const Index& index, const RegisterVersions& versions, Findings& findings);

}  // namespace norn::check::txn
