"""orders: every atomic operation names its memory order, and says what the order is for.

An operation is a call of a member that std::atomic has; what has such a member and is no atomic
says `// style: not atomic`. Operators (`++x`, `x = 1`) cannot be told from those of other types
without a compiler and are not seen here.

Labels stand in a comment on one of the statement's lines, or in comment lines directly above it:

    // sync: <point> (acquire)   also (release), (acquire, release); the point is named after the
                                 data made visible, and both of its sides are in one header
    // relaxed: <why>            not for the failure order of an exchange whose other order is
                                 justified: what a failed one read is a value to try again with
    // seq_cst: <why>
    // pair: <name>              at store_load_fence() or a seq_cst operation: two sites or more
"""

import bisect
import re
from collections import defaultdict

from .floors import FLOORS
from .source import Violation, balanced, folder_of, without_inner

OPERATION = re.compile(
    r"(?:\.|->)\s*(load|store|exchange|compare_exchange_(?:weak|strong)"
    r"|fetch_(?:add|sub|and|or|xor)|test_and_set)\s*\(|\b(atomic_thread_fence)\s*\("
)
EXCHANGES = ("compare_exchange_weak", "compare_exchange_strong")
FENCE = re.compile(r"\bstore_load_fence\s*\(")
ORDER = re.compile(r"\b(?:memory_order(?:_|::))?(relaxed|acquire|release|acq_rel|seq_cst)\b")
BYPASS = re.compile(r"\bstd::(atomic|memory_order)\w*|\b__(?:atomic|sync)_\w+")
SYNC = re.compile(r"\bsync:\s*([^()]+?)\s*\(\s*(\w+(?:\s*,\s*\w+)?)\s*\)")
PAIR = re.compile(r"\bpair:[ \t]*([^\n.;:,()]+)")
SIDES = {"acquire": {"acquire"}, "release": {"release"}, "acq_rel": {"acquire", "release"}}
SIDES["seq_cst"] = SIDES["acq_rel"]  # has both, and need not say so
SEAM = "include/braid/core/atomic.hpp"


def check_orders(tree):
    for header in tree.headers():
        for line, message in sorted(_faults(header)):
            yield Violation(header.path, line, "orders", message)


def operations(source):
    """(offset, orders to be justified) of every atomic operation."""
    for match in OPERATION.finditer(source.body):
        end = balanced(source.body, match.end() - 1)
        orders = set(ORDER.findall(without_inner(source.body[match.end() : end - 1])))
        if match.group(1) in EXCHANGES and len(orders) > 1:
            orders.discard("relaxed")
        yield match.start(), orders


def _faults(header):
    statements, found = Statements(header), list(operations(header))
    given, points, pairs = defaultdict(set), defaultdict(list), defaultdict(list)
    for offset, orders in found:
        given[statements.span(offset)] |= _sides(orders)
    for offset, orders in found:
        line, span = header.line(offset), statements.span(offset)
        comment = statements.comment(offset)
        if not orders and not re.search(r"\bstyle: not atomic\b", comment):
            yield line, "name the memory order (or say `// style: not atomic`)"
        named = set()
        for point, text in SYNC.findall(comment):
            sides = set(re.split(r"\s*,\s*", text))
            points[" ".join(point.split())].append((line, sides))
            named |= sides
        for side in named - given[span]:
            yield line, f"no operation of this statement is a `({side})`: correct the label"
        yield from ((line, fault) for fault in _unlabelled(orders, named, comment))
        for name in PAIR.findall(comment):
            pairs[name.strip()].append((line, span))
    yield from _fences(header, statements, pairs)
    yield from _lonely(points, pairs)
    yield from _bypasses(header, statements)


def _sides(orders):
    return set().union(*(SIDES.get(order, ()) for order in orders))


def _unlabelled(orders, named, comment):
    for side in _sides(orders - {"seq_cst"}) - named:
        yield f"say what the {side} is for: `// sync: <data made visible> ({side})`"
    for order in orders & {"relaxed", "seq_cst"}:
        if not re.search(rf"\b{order}:\s*\w", comment):
            yield f"say why: `// {order}: <why>`"


def _lonely(points, pairs):
    """Sync points that lack a side, and pairs that lack a site."""
    for point, sites in points.items():
        for side in ("acquire", "release"):
            if not any(side in sides for _, sides in sites):
                message = f"no {side} side of sync point `{point}` in this header: label it"
                yield sites[0][0], message
    for name, sites in pairs.items():
        if len({span for _, span in sites}) < 2:
            yield sites[0][0], f"pair `{name}` has one site in this header: label the other"


def _fences(header, statements, pairs):
    if header.path == SEAM:
        return
    for match in FENCE.finditer(header.body):
        line = header.line(match.start())
        names = PAIR.findall(statements.comment(match.start()))
        if not names:
            yield line, "name the fence's store-buffering pair: `// pair: <name>`"
        for name in names:
            pairs[name.strip()].append((line, statements.span(match.start())))


def _bypasses(header, statements):
    if header.path == SEAM:
        return
    above_os = FLOORS.get(folder_of(header.path), 0) >= FLOORS["sync"]
    for match in BYPASS.finditer(header.body):
        word, line = match.group(), header.line(match.start())
        comment = statements.comment(match.start())
        if re.search(r"atomic_(thread|signal)_fence", word):
            yield line, f"{word} only in core/atomic.hpp: use core::store_load_fence()"
        elif above_os and not re.search(r"\bstyle: std::atomic \w", comment):
            yield line, f"{word} goes round the seam: use core::atomic and its orders"


class Statements:
    """The statements of a source, as brackets and semicolons tell them, and their comments."""

    def __init__(self, source):
        self.source = source
        self.breaks = [-1]  # offsets of the marks between statements
        nest = []
        for match in re.finditer(r"[(){}\[\];]", source.body):
            mark = match.group()
            if mark in "([":
                nest.append(mark)
            elif mark in ")]":
                nest = nest[:-1]
            elif mark != ";" or not nest or nest[-1] == "{":  # not a `;` of for (;;)
                self.breaks.append(match.start())
                nest = nest + [mark] if mark == "{" else nest[:-1] if mark == "}" else nest
        self.breaks.append(len(source.body) - 1)

    def span(self, offset):
        """The first and the last line of the statement at `offset`."""
        place = bisect.bisect_left(self.breaks, offset)
        before, after = self.breaks[place - 1], self.breaks[place]
        body = self.source.body[before + 1 : after]
        start = before + 1 + len(body) - len(body.lstrip())
        return self.source.line(start), self.source.line(after)

    def comment(self, offset):
        """The text of all comments that belong to the statement at `offset`."""
        first, last = self.span(offset)
        while self._continues(last + 1):
            last += 1
        start = first
        while self.source.is_comment_line(start - 1) and not self._continues(start - 1):
            start -= 1
        comments = (self.source.comments.get(line) for line in range(start, last + 1))
        return "\n".join(re.sub(r"^[/*\s]+", "", comment.text) for comment in comments if comment)

    def _continues(self, line):
        """Whether a comment line goes on with the one at the end of the code above it."""
        source, comment = self.source, self.source.comments.get(line)
        if comment is None or not source.is_comment_line(line):
            return False
        above = source.comments.get(line - 1)
        if above is None or above.column != comment.column:
            return False
        return source.has_code(line - 1) or self._continues(line - 1)
