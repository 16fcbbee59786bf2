// Whether some order of a few transactions explains what they read, by trying all.
#pragma once

#include "norn/check/transactions.hpp"

namespace norn::test {

// For serializable, snapshot_isolation, and their strong-session and strong forms; at most a dozen
// transactions. Serializable: one after the other, each reads what those before it wrote. Snapshot
// isolation: transactions commit one after the other; each reads what the first few of them wrote,
// and nobody who committed since wrote a key that it writes ("first committer wins": Berenson et
// al., "A Critique of ANSI SQL Isolation Levels", 1995; snapshots may be old: "generalized").
// In the strong forms a transaction's snapshot has what had returned before it was called, in its
// process or at all. A transaction of an unknown outcome may be left out.
bool can_explain(const check::TransactionHistory& history, check::Isolation level);

}  // namespace norn::test
