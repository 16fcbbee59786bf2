"""Fibers for gdb: source this file, or let tools/gdb/debug do it.

norn fibers    every fiber of the simulation that the current thread runs, and what it waits for
norn bt FIBER  the backtrace of a fiber, by its number

To stop at an event of a case: tools/gdb/debug PROGRAM CASE.json EVENT
"""
import gdb

# What Boost.Context's jump_fcontext() keeps on the stack of a fiber that is left (x86-64, System V:
# jump_x86_64_sysv_elf_gas.S), in bytes from the saved stack pointer.
SAVED = {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30, "rip": 0x38}
FRAME = 0x40
RED_ZONE = 128  # runtime/src/context.hpp leaves it free below the stack pointer


class Norn(gdb.Command):
    """Fibers of a Norn simulation: norn fibers, norn bt FIBER."""

    def __init__(self):
        super().__init__("norn", gdb.COMMAND_STACK, prefix=True)


class Fibers(gdb.Command):
    """List the fibers of the current thread's simulation."""

    def __init__(self):
        super().__init__("norn fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        gdb.execute("call ((void (*)(void)) norn_print_fibers)()")


class Backtrace(gdb.Command):
    """The backtrace of a fiber: norn bt FIBER."""

    def __init__(self):
        super().__init__("norn bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument.strip().isdigit():
            raise gdb.GdbError("norn bt FIBER: the number of a fiber, see norn fibers")
        if "x86-64" not in gdb.selected_inferior().architecture().name():
            raise gdb.GdbError("norn bt: only x86-64 is known")
        call = "((unsigned long (*)(unsigned int)) norn_saved_stack)(%s)" % argument.strip()
        saved = int(gdb.parse_and_eval(call))
        if saved == 0:
            raise gdb.GdbError("fiber %s runs (bt shows it), or there is none" % argument.strip())
        names = ["rsp"] + list(SAVED)
        before = {name: int(gdb.parse_and_eval("$" + name)) for name in names}
        word = gdb.lookup_type("unsigned long").pointer()
        there = {
            name: int(gdb.Value(saved + offset).cast(word).dereference())
            for name, offset in SAVED.items()
        }
        there["rsp"] = saved + FRAME + RED_ZONE
        try:
            self.become(there)
            gdb.execute("bt")
        finally:
            self.become(before)

    @staticmethod
    def become(registers):
        gdb.execute("select-frame 0")
        for name, value in registers.items():
            gdb.execute("set $%s = %d" % (name, value))


Norn()
Fibers()
Backtrace()
