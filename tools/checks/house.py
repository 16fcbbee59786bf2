"""House rules that neither the compiler nor clang-tidy knows: banned calls, lengths, headers, comments."""

import dataclasses
import re

MAX_FILE_LINES = 450

# These meet the real world, or stay outside the simulation.
FREE_OF_BANS = ("runtime/src/os/", "viewer/app/", "tools/", "tests/", "sim/src/program/")


@dataclasses.dataclass(frozen=True)
class Ban:
    rule: str
    pattern: re.Pattern
    instead: str
    folders: tuple = ("runtime/", "sim/", "scenarios/", "viewer/")


def ban(rule, pattern, instead, **options):
    return Ban(rule, re.compile(pattern), instead, **options)


NODE_CODE = ("runtime/", "sim/", "scenarios/")

BANS = [
    ban("os-random", r"std::random_device|\b(?:getrandom|getentropy|arc4random\w*|[dl]rand48)\s*\(",
        "norn::random(), which follows the seed"),
    ban("c-random", r"(?<![\w.>:])s?rand\s*\(|\b(?:std::|::)s?rand\s*\(", "norn::random(), which follows the seed"),
    ban("std-engine",
        r"\bstd::(?:mt19937|minstd_rand|ranlux|knuth_b|default_random_engine|linear_congruential|mersenne)\w*",
        "norn::random(); a stream of draws is not a keyed choice"),
    ban("std-distribution",
        r"\bstd::(?:\w+_distribution\b|shuffle\b|sample\b|random_shuffle\b|ranges::(?:shuffle|sample)\b"
        r"|generate_canonical\b)",
        "norn::random(); the standard library's distributions differ between vendors"),
    ban("wall-clock",
        r"\b(?:system_clock|steady_clock|high_resolution_clock|file_clock|utc_clock)\b"
        r"|\b(?:clock_gettime|gettimeofday|timespec_get|ftime)\s*\("
        r"|(?<![\w.>:])(?:std::|::)?(?:time\s*\(\s*(?:nullptr|NULL|0|&)|clock\s*\(\s*\))",
        "norn::now(), which is virtual time", folders=NODE_CODE),
    ban("os-thread", r"\bstd::(?:thread|jthread|async)\b(?!::id)|\bpthread_create\s*\(",
        "norn::spawn(), which makes a fiber", folders=NODE_CODE),
    ban("os-sleep", r"\bthis_thread::\w+|(?<![\w.>:])(?:u|nano)?sleep\s*\(", "norn::sleep_for() or norn::yield()"),
    ban("os-lock",
        r"\bstd::(?:\w*mutex|condition_variable\w*|counting_semaphore|binary_semaphore|barrier|latch|promise|future)\b",
        "norn::Mutex, norn::ConditionVariable or norn::Channel, which block a fiber and not the process",
        folders=NODE_CODE),
    ban("new",
        r"(?<!operator )\bnew\b\s*[\w:]|(?<!operator )\bdelete\b(?!\s*[;,)])"
        r"|(?<![\w.>:])(?:std::|::)?(?:malloc|calloc|realloc|free)\s*\(",
        "std::make_unique, a container or std::construct_at"),
    ban("assert", r"(?<!\w)assert\s*\(", "NORN_ASSERT, which is on in every build and says what to do"),
    ban("libm",
        r"\bstd::(?:sin|cos|tan|exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|hypot|atan2?|asin|acos|[lt]gamma|erfc?)\s*\(",
        "integers or fixed point: libm differs between machines", folders=NODE_CODE),
    ban("thread-local", r"\bthread_local\b", "a member of the object that owns it; only runtime/src has one",
        folders=("runtime/include/", "sim/", "scenarios/", "viewer/")),
    ban("future-library", r"\bstd::(?:format|expected|move_only_function|print|println|mdspan|generator)\b",
        "what g++ 12 has"),
]

UNORDERED = re.compile(r"\bstd::unordered_(?:multi)?(?:map|set)<.*>\s*&?\s*(\w+)\s*(?:[;{=,)]|$)")
LOOP = re.compile(r"\bfor\s*\(.*[^:]:\s*(?:\w+(?:\.|->))*(\w+)\s*\)")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|home|root|Users)/[\w.]")
BANNER = re.compile(r"^\s*(?://|#)\s*[-=*#~_/]{5,}")
DOC_TAG = re.compile(r"(?://|\*).*(?<!\w)[@\\](?:param|returns?|brief|tparam|throws|note)\b")
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)")
FOREIGN_MACROS = re.compile(
    r"^(?:NORN_|CATCH_CONFIG_|GLFW_|GL_|EGL_|IMGUI_|IM_|STB|XXH_|ZSTD_|JSON_|BOOST_|_GNU_SOURCE$)")


def check(source):
    findings = check_text(source)
    if source.is_cpp:
        findings += check_bans(source) + check_unordered(source) + check_cpp(source)
    return findings


def check_text(source):
    findings = []
    limited = not source.path.endswith((".md", ".txt", ".json")) or source.path.endswith("CMakeLists.txt")
    if limited and len(source.lines) > MAX_FILE_LINES:
        findings += source.finding(
            len(source.lines), "file-length",
            f"{len(source.lines)} lines; {MAX_FILE_LINES} is the limit: split the file by concept")
    if source.text and not source.text.endswith("\n"):
        findings += source.finding(len(source.lines), "whitespace", "no newline at the end of the file")
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip() and not source.path.endswith(".md"):
            findings += source.finding(number, "whitespace", "blanks at the end of the line")
        if "\t" in line:
            findings += source.finding(number, "whitespace", "a tab; indent with blanks")
        if UNFINISHED.search(line):
            findings += source.finding(number, "unfinished", "finish it, or leave it out")
        if MACHINE_PATH.search(line):
            findings += source.finding(number, "machine-path", "a path of one machine; make it relative")
        if BANNER.match(line):
            findings += source.finding(number, "banner", "no banners: a comment says why, in words")
    return findings


def check_bans(source):
    findings = []
    if source.path.startswith(FREE_OF_BANS):
        return findings
    for rule in BANS:
        if not source.path.startswith(rule.folders):
            continue
        for number, line in enumerate(source.code, 1):
            match = rule.pattern.search(line)
            if match and not line.lstrip().startswith("#"):
                findings += source.finding(
                    number, rule.rule, f"{match.group(0).strip()} is banned; use {rule.instead}")
    return findings


def check_unordered(source):
    """Finds loops over a hash table that is declared in the same file; others are left to review."""
    findings = []
    if not source.path.startswith(NODE_CODE):
        return findings
    tables = {match.group(1) for line in source.code if (match := UNORDERED.search(line))}
    for number, line in enumerate(source.code, 1):
        match = LOOP.search(line)
        if match and match.group(1) in tables:
            findings += source.finding(
                number, "hash-order",
                f"the order of {match.group(1)} differs between libraries; use std::map or sort first")
    return findings


def check_cpp(source):
    findings = []
    if source.path.endswith(".hpp"):
        first = next((line.strip() for line in source.code if line.strip()), "")
        if first != "#pragma once":
            findings += source.finding(1, "pragma-once", "a header begins with #pragma once, after its comment")
    for number, line in enumerate(source.code, 1):
        match = DEFINE.match(line)
        # A constant that older system headers lack: #ifndef NAME, #define NAME.
        missing_constant = match and re.match(rf"\s*#\s*ifndef {match.group(1)}\b", source.code[number - 2])
        if match and not FOREIGN_MACROS.match(match.group(1)) and not missing_constant:
            findings += source.finding(number, "macro-name", f"{match.group(1)}: our macros begin with NORN_")
    for number, line in enumerate(source.lines, 1):
        if DOC_TAG.search(line):
            findings += source.finding(number, "doc-tag", "no tags in comments: say it in a sentence")
    return findings
