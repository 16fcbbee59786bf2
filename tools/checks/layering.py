"""Which folder may include what: scenarios -> sim -> runtime; viewer and tools/norn -> the trace and the checks only."""

import os
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')

# The layer of a file is the first entry whose path it begins with. The base is two headers without a library, so that
# the trace and the checks can assert and return a Result without the runtime.
LAYERS = [
    ("runtime/include/norn/runtime/assert.hpp", "base"),
    ("runtime/include/norn/runtime/result.hpp", "base"),
    ("runtime/include/", "runtime"),
    ("runtime/src/", "runtime-private"),
    ("sim/include/norn/trace/", "trace"),
    ("sim/include/norn/check/", "check"),
    ("sim/include/norn/faults/", "faults"),
    ("sim/include/", "sim"),
    ("sim/src/trace/", "trace-private"),
    ("sim/src/check/", "check-private"),
    ("sim/src/catalog/", "faults-private"),
    ("sim/src/program/", "program"),
    ("sim/src/", "sim-private"),
    ("scenarios/", "scenarios"),
    ("viewer/model/", "viewer-model"),
    ("viewer/", "viewer"),
    ("tools/norn/", "norn-command"),
    ("tools/", "tools"),
    ("tests/", "tests"),
]

# What each layer may include, itself and the base apart.
MAY_INCLUDE = {
    "base": set(),
    "runtime": set(),
    "runtime-private": {"runtime"},
    "trace": set(),
    "check": set(),
    "trace-private": {"trace"},
    "check-private": {"check"},
    "faults": set(),
    "faults-private": {"faults"},
    "sim": {"runtime", "trace", "check", "faults"},
    "sim-private": {"sim", "runtime", "trace", "check", "faults"},
    "program": {"sim", "sim-private", "runtime", "trace", "check", "faults"},
    "scenarios": {"sim", "runtime", "trace", "check", "faults"},
    "viewer-model": {"trace", "check"},
    "viewer": {"viewer-model", "trace", "check"},
    "norn-command": {"trace", "check", "faults"},
}

# Where a relative or private include may be found.
SEARCH = ["runtime/include", "sim/include", "runtime/src", "sim/src", "scenarios", "viewer", "tools/norn",
          "tools/bench", "tests"]

# Libraries of others, and the only layers that may name them. Tests and tools are free.
FOREIGN = [
    (re.compile(r"^boost/"), {"runtime-private"}),
    (re.compile(r"^(imgui|GLFW/|GL/|EGL/|KHR/|png\.h|stb)"), {"viewer"}),
    (re.compile(r"^CLI/"), {"program", "viewer", "norn-command"}),
    (re.compile(r"^(zstd|xxhash)"), {"trace-private", "sim-private"}),
    (re.compile(r"^raft(\.h|/)"), {"scenarios"}),
    (re.compile(r"^(catch2|benchmark)/"), set()),
]


def layer_of(path):
    for folder, layer in LAYERS:
        if path.startswith(folder):
            return layer
    return None


def resolve(root, path, include):
    """The file of the tree that an include means, or None when it is somebody else's."""
    for folder in [os.path.dirname(path)] + SEARCH:
        candidate = os.path.normpath(os.path.join(folder, include))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def check(root, source):
    layer = layer_of(source.path)
    if not source.is_cpp or layer is None or layer in {"tests", "tools"}:
        return []
    findings = []
    for number, line in enumerate(source.code, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        include = match.group(2)
        target = resolve(root, source.path, include)
        if target is None:
            message = foreign_message(layer, include)
        else:
            message = own_message(source.path, layer, target)
        if message:
            findings += source.finding(number, "layering", message)
    return findings


def own_message(path, layer, target):
    target_layer = layer_of(target)
    if target_layer == layer:
        if layer == "scenarios" and path.split("/")[1] != target.split("/")[1]:
            return f"a scenario may not include another one ({target})"
        return None
    if target_layer == "base":
        return None
    if target_layer is None or target_layer not in MAY_INCLUDE[layer]:
        return f"{layer} may not include {target} ({target_layer or 'no layer'})"
    return None


def foreign_message(layer, include):
    if include.startswith("norn/"):
        return f"<{include}> does not exist"
    for pattern, layers in FOREIGN:
        if pattern.search(include) and layer not in layers:
            where = ", ".join(sorted(layers)) or "tests and tools"
            return f"<{include}> may be named only in {where}"
    return None
