// operation_wanted(): where a client begins its next operation.
//
//   for (;;) {
//     if (!norn::operation_wanted()) continue;
//     norn::sleep_for(norn::random().between(5ms, 60ms));
//     ...                                              // one operation
//   }
#pragma once

namespace norn {

// operation_wanted() counts one more operation of the calling fiber and is true: the operation is
// to be made. In a run from a shrunk case it is false for operations that the failure does not
// need, so that a case has the few that matter; the client then goes on as if it had made this one.
// A call that comes first in the loop, before the operation's draws and pauses, makes the next
// operation begin when it began in the run with all of them, with the same draws: the call blocks
// for as long as those that are left out took, and passes over what they drew from random(), also
// under labels. It costs nothing that a trace shows, and draws nothing. After the last operation
// that is made, it is false at once for a thousand calls, and then blocks for a second each time,
// so that a loop without pauses comes to no standstill.
//
// A client is a fiber of one life of a node; operations count from 1. A client of several fibers
// that share one loop's work calls it in the fiber that begins the operations. Node code only;
// outside of a simulation it is true.
bool operation_wanted();

}  // namespace norn
