"""What every check looks at: the tree's files, and each C++ file with its comments set apart."""

import bisect
import os
import re
import subprocess
from collections import namedtuple

Violation = namedtuple("Violation", "path line rule message")
Include = namedtuple("Include", "line spelling target quoted")
Comment = namedtuple("Comment", "column text")

CPP = (".hpp", ".cpp", ".h", ".cc")
OURS = ("include/", "tests/", "examples/", "bench/")

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?<!\w)(?:u8|[uUL])?R"(?P<end>[^\s()\\]{0,16})\(.*?\)(?P=end)"
      | "(?:\\.|[^"\\\n])*"
      | (?<!\w)(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'""",
    re.S | re.X,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<([^>\n]*)>|"([^"\n]*)"|\w+)', re.M)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M | re.S)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Source:
    """A C++ file. `code` has blanks for comments and for what strings hold; `body` has blanks for
    directives too. Both keep every character's place, so an offset means the same in all three."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.comments = {}
        self.code = self._without_comments()
        self.body = _DIRECTIVE.sub(lambda match: _blank(match.group()), self.code)
        self.code_lines = self.code.split("\n")

    def _without_comments(self):
        def replace(match):
            if match.group("comment") is None:
                inner = match.group()
                return inner if self._is_include(match) else '"' + _blank(inner[1:-1]) + '"'
            line, column = self.line(match.start()), self.column(match.start())
            for part in match.group().split("\n"):
                self.comments[line] = Comment(column, part)
                line, column = line + 1, 0
            return _blank(match.group())

        return _TOKEN.sub(replace, self.text)

    def _is_include(self, match):
        before = self.text[self.starts[self.line(match.start()) - 1] : match.start()]
        return re.fullmatch(r"\s*#\s*include\s*", before) is not None

    def line(self, offset):
        """The line, from 1, of an offset."""
        return bisect.bisect_right(self.starts, offset)

    def column(self, offset):
        return offset - self.starts[self.line(offset) - 1]

    def has_code(self, line):
        return bool(self.code_lines[line - 1].strip())

    def is_comment_line(self, line):
        """Whether the line holds a comment and nothing else."""
        return line in self.comments and not self.has_code(line)

    def includes(self):
        for match in _INCLUDE.finditer(self.code):
            target = match.group(2) or match.group(3) or ""
            quoted = match.group(3) is not None
            yield Include(self.line(match.start(1)), match.group(1), target, quoted)

    def directives(self):
        """(line, name, rest) of each preprocessor line, continuation lines joined to it."""
        for match in _DIRECTIVE.finditer(self.code):
            text = match.group().replace("\\\n", " ")
            name, rest = re.match(r"\s*#\s*(\w*)\s*(.*)", text, re.S).groups()
            yield self.line(match.start()), name, rest


def balanced(text, opening):
    """The offset just after the bracket that closes the one at `opening`."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth, more, less = 0, text[opening], pairs[text[opening]]
    for match in re.compile(re.escape(more) + "|" + re.escape(less)).finditer(text, opening):
        depth += 1 if match.group() == more else -1
        if depth == 0:
            return match.end()
    return len(text)


def without_inner(text, brackets="()[]{}"):
    """`text` with blanks for all that stands in brackets within it."""
    opening, closing = brackets[::2], brackets[1::2]
    out, depth = [], 0
    for char in text:
        depth -= char in closing
        out.append(char if depth <= 0 or char == "\n" else " ")
        depth += char in opening
    return "".join(out)


class Tree:
    """The files of a checkout that git tracks or would track; without git, all but build and dot
    folders."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = sorted(f for f in self._list() if os.path.isfile(os.path.join(self.root, f)))
        self.names = set(self.files)
        self._sources = {}

    def _list(self):
        if os.path.exists(os.path.join(self.root, ".git")):
            command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
            listed = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
            if listed.returncode == 0:
                return set(listed.stdout.split("\0")) - {""}
        return self._walk()

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if not f.startswith((".", "build", "__pycache__"))]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def under(self, prefixes, endings=CPP):
        return [f for f in self.files if f.startswith(prefixes) and f.endswith(endings)]

    def text(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", newline="") as file:
            return file.read()

    def source(self, path):
        if path not in self._sources:
            self._sources[path] = Source(path, self.text(path))
        return self._sources[path]

    def sources(self, prefixes, endings=CPP):
        return [self.source(path) for path in self.under(prefixes, endings)]

    def headers(self):
        """The library's own headers."""
        return self.sources("include/braid/", ".hpp")


def folder_of(path):
    """`sync` for include/braid/sync/mutex.hpp, and nothing for an umbrella."""
    return os.path.dirname(path[len("include/braid/") :])
