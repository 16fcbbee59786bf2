"""clang-format and clang-tidy, the latter with a cache of clean results keyed by content."""

import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from checks import tree

VERSION = "19"
CACHE_LIMIT = 5000


def tool(name):
    return shutil.which(f"{name}-{VERSION}")


def check_format(root, fix):
    clang_format = tool("clang-format")
    if clang_format is None:
        print(f"clang-format-{VERSION} is missing: formatting is not checked")
        return 3
    command = [clang_format] + (["-i"] if fix else ["--dry-run", "-Werror"])
    paths = tree.cpp_files(root)
    if not paths:
        return 0
    done = subprocess.run(command + paths, cwd=root, capture_output=True, text=True)
    places = {}
    for line in done.stderr.splitlines():
        match = re.match(r"(\S+?):(\d+):\d+: error: ", line)
        if match:
            places.setdefault(match.group(1), []).append(match.group(2))
    for path, lines in sorted(places.items()):
        print(f"{path}:{lines[0]}: not formatted, {len(lines)} places; run tools/tidy format --fix [format]")
    if done.returncode and not places:
        print(f"clang-format ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return 2
    return 1 if done.returncode else 0


def check_tidy(root, build, jobs, only):
    clang_tidy = tool("clang-tidy")
    if clang_tidy is None:
        print(f"clang-tidy-{VERSION} is missing: it is not run")
        return 3
    database = os.path.join(build, "compile_commands.json")
    if not os.path.isfile(database):
        print(f"{database} is missing: configure first, e.g. cmake --preset release")
        return 2
    units = read_units(root, build, database, only)
    if not units:
        print(f"{database} names no source of {root}" + (f" with '{only}'" if only else ""))
        return 2
    cache = Cache(root, build, clang_tidy)
    todo = [unit for unit in units if not cache.holds(unit)]
    # The largest first: the last one to end should be a small one.
    todo.sort(key=lambda unit: -os.path.getsize(unit["file"]))
    failed = 0
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        runs = {pool.submit(run_tidy, clang_tidy, build, root, unit): unit for unit in todo}
        for number, run in enumerate(concurrent.futures.as_completed(runs), 1):
            unit = runs[run]
            clean, output = run.result()
            if clean:
                cache.keep(unit)
            else:
                failed += 1
                # A finding in a header comes up in each file that includes it.
                fresh = [line for line in output if line not in seen]
                seen.update(fresh)
                print("\n".join(fresh), end="\n" if fresh else "", flush=True)
            if sys.stdout.isatty():
                print(f"\r{number}/{len(todo)} {os.path.relpath(unit['file'], root)}\033[K", end="\r")
    print(f"clang-tidy: {len(units)} files, {len(units) - len(todo)} known clean, {failed} with findings")
    return 1 if failed else 0


def read_units(root, build, database, only):
    """Our own sources in the compilation database, one entry a file; generated files are left out."""
    units = {}
    with open(database, encoding="utf-8") as file:
        for unit in json.load(file):
            path = os.path.normpath(os.path.join(unit["directory"], unit["file"]))
            inside = path.startswith(root + os.sep) and not path.startswith(os.path.abspath(build) + os.sep)
            if inside and only in os.path.relpath(path, root) and os.path.exists(path):
                units.setdefault(path, {"file": path, "command": unit["command"], "output": unit.get("output")})
    return list(units.values())


FINDING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*?) \[([^\]]+)\]$")


def run_tidy(clang_tidy, build, root, unit):
    """Whether the file is clean, and one line for each finding."""
    command = [clang_tidy, "--quiet", "-p", build, "--warnings-as-errors=*",
               "--extra-arg=-Wno-unknown-warning-option",
               "--extra-arg=-Wno-deprecated-declarations",  # inside std::stable_sort of libstdc++ 12
               f"--header-filter={re.escape(root)}/(runtime|sim|scenarios|viewer|tools|tests)/.*", unit["file"]]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode == 0:
        return True, []
    findings = []
    for line in done.stdout.splitlines():
        match = FINDING.match(line)
        if match:
            path, number, message, check = match.groups()
            check = check.replace(",-warnings-as-errors", "")
            findings.append(f"{os.path.relpath(path, root)}:{number}: {message} [{check}]")
    said = (done.stdout + done.stderr).splitlines()
    return False, findings or [f"{os.path.relpath(unit['file'], root)}: clang-tidy ended with {done.returncode}", *said]


class Cache:
    """Remembers which files were clean, by the content of all that clang-tidy read for them."""

    def __init__(self, root, build, clang_tidy):
        self.root = root
        self.folder = os.environ.get("NORN_TIDY_CACHE") or os.path.join(root, "build", ".tidy-cache")
        os.makedirs(self.folder, exist_ok=True)
        version = subprocess.run([clang_tidy, "--version"], capture_output=True).stdout
        self.common = version + b"".join(
            read(os.path.join(root, path)) for path in tree.text_files(root) if path.endswith(".clang-tidy"))
        self.dependencies = read_dependencies(build)
        self.digests = {}
        self.keys = {}
        self.trim()

    def trim(self):
        entries = [os.path.join(self.folder, name) for name in os.listdir(self.folder)]
        if len(entries) > CACHE_LIMIT:
            for path in sorted(entries, key=os.path.getmtime)[: len(entries) - CACHE_LIMIT // 2]:
                os.unlink(path)

    def key(self, unit):
        """None when it is not known what the file includes (it was never compiled)."""
        output = unit["output"] or output_of(unit["command"])
        if output not in self.dependencies:
            return None
        digest = hashlib.sha256(self.common)
        digest.update(unit["command"].replace(self.root, "").encode())
        for path in sorted({unit["file"], *self.dependencies[output]}):
            digest.update(os.path.relpath(path, self.root).encode() if path.startswith(self.root) else path.encode())
            digest.update(self.digest_of(path))
        return digest.hexdigest()

    def digest_of(self, path):
        if path not in self.digests:
            self.digests[path] = hashlib.sha256(read(path)).digest()
        return self.digests[path]

    def holds(self, unit):
        key = self.keys[unit["file"]] = self.key(unit)
        return key is not None and os.path.exists(os.path.join(self.folder, key))

    def keep(self, unit):
        key = self.keys[unit["file"]]
        if key is not None:
            with open(os.path.join(self.folder, key), "w", encoding="utf-8"):
                pass


def output_of(command):
    match = re.search(r" -o (\S+)", command)
    return match.group(1) if match else None


def read_dependencies(build):
    """What each object file was made from, by ninja's own record; empty without one."""
    ninja = shutil.which("ninja")
    if ninja is None or not os.path.exists(os.path.join(build, ".ninja_deps")):
        return {}
    listing = subprocess.run([ninja, "-C", build, "-t", "deps"], capture_output=True, text=True).stdout
    dependencies, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            path = line.strip()
            current.append(os.path.normpath(os.path.join(build, path)))
        elif ": #deps" in line:
            name, _, state = line.partition(": #deps")
            current = []
            if "VALID" in state:
                dependencies[name] = current
    return dependencies


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
