"""The files of the tree, their text without comments and literals, and the findings that checks report."""

import dataclasses
import os
import re

SKIPPED_FOLDERS = {".git", "build", "out", ".cache", "__pycache__"}
CPP_SUFFIXES = (".hpp", ".cpp")
TEXT_SUFFIXES = CPP_SUFFIXES + (".js", ".css", ".html", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".in", ".yml")
ALLOW = re.compile(r"tidy: allow ([a-z-]+) \(\w")
ALLOW_FILE = re.compile(r"tidy: allow-file ([a-z-]+) \(\w")


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


class Source:
    """One text file: its lines, and for C++ the same lines with comments and literals blanked out."""

    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        self.lines = self.text.splitlines()
        self.allowed = set(ALLOW_FILE.findall(self.text))
        self.is_cpp = path.endswith(CPP_SUFFIXES)
        self.code = blank_comments_and_literals(self.text).splitlines() if self.is_cpp else []

    def allows(self, rule, line):
        """Whether this line, the one above it or the file carries `tidy: allow RULE (reason)`."""
        if rule in self.allowed:
            return True
        for candidate in (line, line - 1):
            if 1 <= candidate <= len(self.lines):
                if rule in ALLOW.findall(self.lines[candidate - 1]):
                    return True
        return False

    def finding(self, line, rule, message):
        """A list with the finding, or an empty one when the line allows the rule."""
        return [] if self.allows(rule, line) else [Finding(self.path, line, rule, message)]


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def blank_comments_and_literals(text):
    """Keeps lines and columns, so that findings point at the right place."""

    def blank(match):
        token = match.group(0)
        if re.match(r'\s*#\s*include\s*$', text[text.rfind("\n", 0, match.start()) + 1 : match.start()]):
            return token
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(blank, text)


def text_files(root):
    """Paths, relative to the root and sorted, of every text file that is ours."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), root)
            if is_text(os.path.join(root, path)):
                found.append(path)
    return found


def is_text(path):
    name = os.path.basename(path)
    if name == "LICENSE" or os.path.islink(path):
        return False
    if name.endswith(TEXT_SUFFIXES) or name in {".clang-format", ".clang-tidy", ".gitignore", "run"}:
        return True
    if "." in name:
        return False
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def cpp_files(root):
    return [path for path in text_files(root) if path.endswith(CPP_SUFFIXES)]
