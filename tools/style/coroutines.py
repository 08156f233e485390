"""coroutines: conditions that GCC 12 miscompiles.

GCC 12 takes the wrong branch at an `if`, `while`, `do`, `for` or `switch` on a `co_await` where the
outermost block of the function's body declares nothing. Measured with 12.2: a declaration there
cures it, and so does one in the condition itself (`while (auto v = co_await q.pop())`) or in the
head of the for. Declarations are recognised by their form; `// style: local above` on the line of
the keyword or the line above says that there is one."""

import re

from .source import OURS, Violation, balanced, without_inner

CONDITION = re.compile(r"\b(if|while|switch|for)\s*(?:constexpr\s*)?\(")
AWAIT = re.compile(r"\bco_await\b")
DECLARATION = re.compile(
    r"(?:\[[^\]]*\]+\s*)?"
    r"(?!(?:return|co_return|co_await|co_yield|throw|delete|new|goto|else|case|do|if|for|while"
    r"|switch|try|catch|static_assert)\b)"
    r"(?:\w[\w:]*(?:<[^;{}]*?>(?:::\w+)*)?[\s&*]+)+(?:\w+|\[[\w, ]+\])\s*(?:[={(;\[]|$)"
)


def check_coroutines(tree):
    for source in tree.sources(OURS):
        for match in CONDITION.finditer(source.body):
            line = source.line(match.start())
            head = source.body[match.end() : balanced(source.body, match.end() - 1) - 1]
            if _awaits(match.group(1), head) and not _excused(source, match.start(), line):
                message = (
                    f"{match.group(1)} on a co_await, which GCC 12 miscompiles in a body that "
                    "declares nothing before: put the value into a variable first"
                )
                yield Violation(source.path, line, "coroutines", message)


def _awaits(keyword, head):
    head = without_inner(head, "{}")
    if keyword == "for":
        parts = head.split(";")
        return len(parts) == 3 and not parts[0].strip() and AWAIT.search(parts[1]) is not None
    return AWAIT.search(head) is not None and not DECLARATION.match(head.strip())


def _excused(source, offset, line):
    for near in (line, line - 1):
        if near in source.comments and "style: local above" in source.comments[near].text:
            return True
    start = _body_around(source.body, offset)
    block = without_inner(source.body[start:offset])
    return any(DECLARATION.match(part.strip()) for part in re.split(r"[;{}]", block))


def _body_around(body, offset):
    """Where the body of the function or lambda around `offset` begins."""
    depth, at = 0, offset
    while at > 0:
        at -= 1
        if body[at] == "}":
            depth += 1
        elif body[at] == "{" and depth:
            depth -= 1
        elif body[at] == "{" and not _is_inner(body[:at].rstrip()):
            return at + 1
    return 0


def _is_inner(before):
    """Whether a brace after this text opens a block within a function's body."""
    before = re.sub(r"\[\[[^\]]*\]\]$", "", before).rstrip()
    if not before.endswith(")"):
        return re.search(r"(?:[;{}:]|\b(?:else|do|try))$", before) is not None
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += (before[at] == ")") - (before[at] == "(")
        if depth == 0:
            break
    keyword = r"\b(?:if|for|while|switch|catch)\s*(?:constexpr\s*)?$"
    return re.search(keyword, before[:at]) is not None
