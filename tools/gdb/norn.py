"""Fibers for gdb: source this file, or let tools/gdb/debug do it.

norn fibers    every fiber of the simulation that the current thread runs, and what it waits for
norn bt FIBER  the backtrace of a fiber, by its number
norn go-to EVENT|TIME
               where the replay of a case stands at another moment, earlier or later: it is started
               again, which takes it through the same events

It also prints times, results, values and identities as node code means them.
To stop at an event of a case: tools/gdb/debug PROGRAM CASE.json EVENT
"""
import re
import shlex

import gdb
import gdb.printing
import gdb.unwinder

# What Boost.Context's jump_fcontext() keeps on the stack of a fiber that is left (x86-64, System V:
# jump_x86_64_sysv_elf_gas.S), in bytes from the saved stack pointer.
SAVED = {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30, "rip": 0x38}
FRAME = 0x40
RED_ZONE = 128  # runtime/src/context.hpp leaves it free below the stack pointer


def stands_in_raise():
    """Whether the program has just stopped for --break-at, so that what it noted holds."""
    frame = gdb.newest_frame()
    for _ in range(4):
        if frame is not None and frame.name() in ("raise", "__GI_raise"):
            return True
        frame = frame.older() if frame is not None else None
    return False


def noted_fibers():
    """What note_fibers() wrote, as (number, saved stack pointer, text); None: it does not hold."""
    try:
        if not stands_in_raise():
            return None
        noted = gdb.parse_and_eval("*(char **) &norn_noted_fibers").string("utf-8", "replace")
    except gdb.error:
        return None
    lines = [line.split(" ", 2) for line in noted.splitlines()]
    return [(int(number), int(saved), text) for number, saved, text in lines] or None


class Norn(gdb.Command):
    """Fibers and time of a Norn simulation: norn fibers, norn bt FIBER, norn go-to EVENT|TIME."""

    def __init__(self):
        super().__init__("norn", gdb.COMMAND_STACK, prefix=True)


class Fibers(gdb.Command):
    """List the fibers of the current thread's simulation."""

    def __init__(self):
        super().__init__("norn fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        noted = noted_fibers()
        if noted is None:
            gdb.execute("call ((void (*)(void)) norn_print_fibers)()")
        for _, _, text in noted or []:
            print(text)


class Elsewhere(gdb.unwinder.Unwinder):
    """Has the innermost frame called from where a fiber stands: no register is written, which gdb 13
    cannot do well on processors with AMX."""

    def __init__(self):
        super().__init__("norn-fiber")
        self.registers = None

    def __call__(self, pending):
        innermost = self.registers and pending.read_register("rsp") == self.innermost
        if not innermost:
            return None
        here = FrameId(pending.read_register("rsp"), pending.read_register("rip"))
        info = pending.create_unwind_info(here)
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(gdb.lookup_type("unsigned long")))
        return info

    def backtrace(self, registers):
        gdb.execute("select-frame 0")
        self.innermost = gdb.newest_frame().read_register("rsp")
        self.registers = registers
        gdb.invalidate_cached_frames()
        try:
            lines = gdb.execute("bt", to_string=True).splitlines(keepends=True)
        finally:
            self.registers = None
            gdb.invalidate_cached_frames()
        first = next((i for i, line in enumerate(lines) if line.startswith("#1 ")), len(lines))
        return "".join(lines[first:])


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Backtrace(gdb.Command):
    """The backtrace of a fiber: norn bt FIBER."""

    def __init__(self):
        super().__init__("norn bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument.strip().isdigit():
            raise gdb.GdbError("norn bt FIBER: the number of a fiber, see norn fibers")
        if "x86-64" not in gdb.selected_inferior().architecture().name():
            raise gdb.GdbError("norn bt: only x86-64 is known")
        noted = noted_fibers()
        if noted is None:
            call = "((unsigned long (*)(unsigned int)) norn_saved_stack)(%s)" % argument.strip()
            saved = int(gdb.parse_and_eval(call))
        else:
            saved = {number: at for number, at, _ in noted}.get(int(argument), 0)
        if saved == 0:
            raise gdb.GdbError("fiber %s runs (bt shows it), or there is none" % argument.strip())
        word = gdb.lookup_type("unsigned long").pointer()
        there = {
            name: int(gdb.Value(saved + offset).cast(word).dereference())
            for name, offset in SAVED.items()
        }
        there["rsp"] = saved + FRAME + RED_ZONE
        print(elsewhere.backtrace(there), end="")


class GoTo(gdb.Command):
    """Stop at another event of the case, or at the first one at a time: norn go-to EVENT|TIME."""

    def __init__(self):
        super().__init__("norn go-to", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        moment = argument.strip()
        if not re.fullmatch(r"[0-9]+|[0-9.]+(ns|us|ms|s|m|h)", moment):
            raise gdb.GdbError("norn go-to EVENT|TIME: the number of an event, or a time (3.5s)")
        shown = gdb.execute("show args", to_string=True)
        words = shlex.split(shown[shown.index('"') + 1 : shown.rindex('"')])
        if "--replay" not in words:
            raise gdb.GdbError("norn go-to: the program is not called with --replay CASE.json")
        while "--break-at" in words:
            at = words.index("--break-at")
            del words[at : at + 2]
        gdb.execute("set args " + " ".join(map(shlex.quote, words + ["--break-at", moment])))
        confirm = gdb.parameter("confirm")
        gdb.execute("set confirm off")
        try:
            gdb.execute("handle SIGTRAP stop nopass", to_string=True)
            gdb.execute("run")
        finally:
            gdb.execute("set confirm " + ("on" if confirm else "off"))


def in_words(nanoseconds):
    """As norn prints durations: 1.5s, 20ms, 7us."""
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if rest >= size:
            whole, part = divmod(rest, size)
            digits = str(part).rjust(len(str(size)) - 1, "0").rstrip("0")
            return sign + str(whole) + ("." + digits if digits else "") + unit
    return sign + str(rest) + ("ns" if rest else "s")


def name_of(enumerator):
    return str(enumerator).rsplit("::", 1)[-1]


def variant_of(value):
    """The alternative that a std::variant of libstdc++ holds; None: none."""
    index = int(value["_M_index"])
    kinds = [str(value.type.strip_typedefs().template_argument(i)) for i in range(index + 1)]
    if not kinds or "monostate" in kinds[index]:
        return None
    part = value["_M_u"]
    for _ in range(index):
        part = part["_M_rest"]
    held = part["_M_first"]["_M_storage"]
    if held.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT and "_M_storage" in [
        field.name for field in held.type.strip_typedefs().fields()
    ]:
        wanted = value.type.strip_typedefs().template_argument(index)
        return held["_M_storage"].address.cast(wanted.pointer()).dereference()
    return held


def text_of(string):
    """The characters of a std::string, quoted."""
    length = int(string["_M_string_length"])
    return '"' + string["_M_dataplus"]["_M_p"].string("utf-8", "replace", length=length) + '"'


def elements(vector):
    first, last = vector["_M_impl"]["_M_start"], vector["_M_impl"]["_M_finish"]
    while first != last:
        yield first.dereference()
        first += 1


class Printer:
    """A value that one function turns into text."""

    def __init__(self, value, text):
        self.value, self.text = value, text

    def to_string(self):
        return self.text(self.value)


def duration(value):
    return in_words(int(value["__r"]))


def time_point(value):
    return in_words(int(value["__d"]["__r"]))


def error(value):
    return "%s: %s" % (name_of(value["code"]), text_of(value["message"])[1:-1])


def result(value):
    fields = [field.name for field in value.type.strip_typedefs().fields()]
    if "error_" in fields:  # Result<void>
        payload = value["error_"]["_M_payload"]
        if not payload["_M_engaged"]:
            return "ok"
        return "error " + error(payload["_M_payload"]["_M_value"])
    held = variant_of(value["state_"])
    return "ok %s" % held if int(value["state_"]["_M_index"]) == 0 else "error " + error(held)


def check_value(value):
    held = variant_of(value["data_"])
    kind = int(value["data_"]["_M_index"])
    if held is None:
        return "nil"
    if kind == 3:
        return text_of(held)
    if kind == 4:
        return "[" + ", ".join(check_value(one) for one in elements(held)) + "]"
    if kind == 5:
        parts = (text_of(one["key"]) + ": " + check_value(one["value"]) for one in elements(held))
        return "{" + ", ".join(parts) + "}"
    return str(held)


def pid(value):
    if int(value["id"]) == 0:
        return "nobody"
    return "<#%d.%d.%d>" % (int(value["node"]), int(value["id"]), int(value["incarnation"]))


def address(value):
    ip = int(value["ip"])
    return ".".join(str(ip >> shift & 255) for shift in (24, 16, 8, 0)) + ":%d" % int(value["port"])


PRINTERS = [
    ("duration", r"std::chrono::duration<long(, | long, )?std::ratio<1, 1000000000> ?>", duration),
    ("time", r"std::chrono::time_point<norn::Clock, .*>", time_point),
    ("error", r"norn::Error", error),
    ("result", r"norn::Result<.*>", result),
    ("value", r"norn::check::Value", check_value),
    ("pid", r"norn::Pid", pid),
    ("actor", r"norn::ActorRef<.*>", lambda value: pid(value["pid_"])),
    ("address", r"norn::SocketAddress", address),
]


def add_printers():
    known = gdb.printing.RegexpCollectionPrettyPrinter("norn")
    for name, pattern, text in PRINTERS:
        known.add_printer(
            name, "^" + pattern + "$", lambda value, text=text: Printer(value, text)
        )
    gdb.printing.register_pretty_printer(None, known, replace=True)


elsewhere = Elsewhere()
gdb.unwinder.register_unwinder(None, elsewhere, replace=True)
Norn()
Fibers()
Backtrace()
GoTo()
add_printers()
