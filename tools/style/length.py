"""length and skeleton: how long headers, functions and lines may be, and how a header begins.

Functions are found by their braces in code that clang-format laid out, without types: a brace at
namespace or class scope opens a function if parentheses stand before it since the last `;` or
brace. So a lambda counts as part of the function around it, a function of a local class as part of
the function around that, and a long initialiser that calls something counts as a function. What is
counted are the lines from the opening brace to the closing one. Braces in the branches of an #if
are all seen: a function whose head differs by #if and whose body is shared is misread.
"""

import re

from .source import OURS, Violation, balanced

HEADER_LINES = 400
FUNCTION_LINES = 40
COLUMNS = 100
LICENCE = "// SPDX-License-Identifier: MIT"


def check_length(tree):
    for source in tree.sources(OURS):
        yield from _columns(source)
        if source.path.endswith(".hpp"):
            yield from _header(source)
            yield from _functions(source)


def _columns(source):
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS and not re.fullmatch(r"\s*//+ *\S+", line):  # one long word: a link
            message = f"{len(line)} columns, at most {COLUMNS}: break the line"
            yield Violation(source.path, number, "length", message)


def _header(source):
    count = len(source.lines) - (source.lines[-1] == "")
    if count > HEADER_LINES:
        message = f"{count} lines, at most {HEADER_LINES}: split the header by idea"
        yield Violation(source.path, HEADER_LINES + 1, "length", message)


def _functions(source):
    for opening, end in functions(source.body):
        first = source.line(opening)
        count = source.line(end - 1) - first + 1
        if count > FUNCTION_LINES:
            message = f"function of {count} lines, at most {FUNCTION_LINES}: split it by idea"
            yield Violation(source.path, first, "length", message)


def functions(body):
    """(offset of the opening brace, offset after the closing one) of each outermost function."""
    at, head = 0, 0
    while True:
        match = re.compile(r"[{};(]").search(body, at)
        if match is None:
            return
        at = match.end()
        if match.group() == "(":
            at = balanced(body, match.start())
        elif match.group() == "{":
            kind = _kind(body[head : match.start()])
            if kind != "scope":
                at = balanced(body, match.start())
            if kind == "function":
                yield match.start(), at
            head = at
        else:
            head = at


def _kind(head):
    while re.search(r"<[^<>]*>", head):
        head = re.sub(r"<[^<>]*>", " ", head)
    if re.search(r"\b(namespace|class|struct|union|enum)\b|\bextern\s*\"", head):
        return "scope"
    if re.search(r"\bconcept\b", head):
        return "value"
    # Nothing before the brace: the members' initialisers ended in a brace of their own.
    return "function" if "(" in head or not head.strip() else "value"


def check_skeleton(tree):
    for source in tree.sources(OURS, ".hpp"):
        yield from _skeleton(source)


def _skeleton(source):
    def fault(line, message):
        return Violation(source.path, line, "skeleton", message)

    lines = [(n, line) for n, line in enumerate(source.lines, 1) if line.strip()]
    if not lines or lines[0] != (1, LICENCE):
        yield fault(1, f"the first line must be `{LICENCE}`")
        if not lines or not lines[0][1].startswith("//"):
            lines = [(0, "")] + lines
    second = lines[1] if len(lines) > 1 else (1, "")
    if second[1] != "#pragma once":
        yield fault(second[0], "`#pragma once` must follow the licence line")
    elif len(lines) < 3 or not re.match(r"// ?\w", lines[2][1]):
        line = lines[2][0] if len(lines) > 2 else second[0]
        yield fault(line, "a `//` comment must follow `#pragma once` and say what the header is")
    yield from _guards(source, fault)


def _guards(source, fault):
    names = [d for d in source.directives() if d[1] in ("ifndef", "define")]
    for (line, one, name), (_, two, value) in zip(names, names[1:]):
        if (one, two) == ("ifndef", "define") and name.strip() == value.strip():
            yield fault(line, f"`{name.strip()}` is an include guard: `#pragma once` is enough")
