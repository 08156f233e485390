"""snippets: the code in README.md and docs/ is the code of the examples.

    <!-- snippet: examples/hello.cpp main -->
    ```cpp

stands before a block that equals the lines between `// [main]` and `// [/main]` in that file,
without their common indentation and without the marks of regions within. In README.md every such
block has a source. With `--fix` the blocks are written anew."""

import os
import re
import textwrap

from .source import Violation

SNIPPET = re.compile(r"<!--\s*snippet:\s*(\S+)\s+(\S+)\s*-->\s*$")
FENCE = re.compile(r"\s*```\s*(?:cpp|c\+\+|cxx)\b")
MARK = re.compile(r"\s*// \[(/?)([\w.-]+)\]\s*$")


def check_snippets(tree):
    for path in _pages(tree):
        for line, _, _, fault in _blocks(tree, path):
            if fault:
                yield Violation(path, line, "snippets", fault)


def fix(tree):
    """Writes the regions into the pages; says which pages changed."""
    for path in _pages(tree):
        lines = tree.text(path).split("\n")
        changed = False
        for first, end, code, fault in reversed(list(_blocks(tree, path))):
            if fault and code is not None:
                lines[first:end] = code
                changed = True
        if changed:
            with open(os.path.join(tree.root, path), "w", encoding="utf-8", newline="") as file:
                file.write("\n".join(lines))
            yield path


def _pages(tree):
    return [f for f in tree.files if f == "README.md" or re.fullmatch(r"docs/[^/]+\.md", f)]


def _blocks(tree, path):
    """(line of the fence, line of its end, the code that belongs there, fault) of each block."""
    lines = tree.text(path).split("\n")
    number = 0
    while number < len(lines):
        number += 1
        marker = SNIPPET.match(lines[number - 1])
        fence = number + 1 if marker else number
        if fence > len(lines) or not FENCE.match(lines[fence - 1]):
            if marker:
                yield number, number, None, "a ```cpp block must follow the snippet's mark directly"
            continue
        end = fence
        while end < len(lines) and not lines[end].lstrip().startswith("```"):
            end += 1
        if marker:
            code, fault = region(tree, *marker.groups())
            if not fault and code != lines[fence:end]:
                fault = f"differs from region {' '.join(marker.groups())}: run check_style.py --fix"
            yield fence, end, code, fault
        elif path == "README.md":
            fault = "take it from an example: <!-- snippet: examples/<file>.cpp <region> -->"
            yield fence, end, None, fault
        number = end + 1


def region(tree, path, name):
    """The lines of a region, or None and what is wrong."""
    if path not in tree.names:
        return None, f"there is no {path} to take the snippet from"
    inside, found, ended, code = False, 0, 0, []
    for line in tree.text(path).split("\n"):
        mark = MARK.match(line)
        if mark is None:
            code += [line] if inside else []
        elif mark.group(2) == name:
            inside = not mark.group(1)
            found, ended = found + inside, ended + (not inside)
    if (found, ended) != (1, 1):
        return None, f"{path} must have `// [{name}]` and `// [/{name}]` once each"
    return textwrap.dedent("\n".join(code)).strip("\n").split("\n"), None
