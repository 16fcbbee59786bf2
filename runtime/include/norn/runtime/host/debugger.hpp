// What a debugger is told before the program stops in it.
#pragma once

namespace norn::host {

// note_fibers() writes down the fibers of the calling thread's scheduler, what each waits for and
// where its stack is, so that a debugger can read it without calling anything: after a call into
// the program, gdb 13 cannot restore the registers of processors with AMX.
void note_fibers();

}  // namespace norn::host
