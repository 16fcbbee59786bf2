// Being asked to stop: what SIGTERM is to a program.
#pragma once

namespace norn {

// A node that is asked to stop and never called one of these dies at once, as a program does that
// has no handler for SIGTERM. One that did is told, and has until the end of its time of grace to
// end by itself: by returning from main and from all its fibers.

// stop_requested() returns whether the calling node was asked to stop.
bool stop_requested();

// wait_for_stop() blocks the calling fiber until its node is asked to stop. Throws Killed and
// Cancelled.
void wait_for_stop();

}  // namespace norn
