"""floors and cycles: which header may include which."""

from .source import Violation, folder_of

FLOORS = {
    "core": 0,
    "os": 1,
    "sync": 2,
    "queue": 3,
    "ipc": 4,
    "exec": 4,
    "thread": 5,
    "process": 5,
    "coro": 5,
    "remote": 5,
    "": 6,  # the umbrellas, include/braid/*.hpp
}
STRANDS = ("thread", "process", "coro", "remote")


def check_floors(tree):
    for header in tree.headers():
        folder = folder_of(header.path)
        if folder not in FLOORS:
            message = f"no floor is known for {folder}/: move it or name its floor in floors.py"
            yield Violation(header.path, 1, "floors", message)
            continue
        for include in header.includes():
            message = _fault(tree, folder, include)
            if message:
                yield Violation(header.path, include.line, "floors", message)
    yield from _quoted_elsewhere(tree)
    yield from _umbrellas(tree)


def _fault(tree, folder, include):
    target = include.target
    if include.quoted:
        return f"write <braid/...> in angle brackets, not {include.spelling}"
    if ".." in target.split("/"):
        return f"{include.spelling} is relative: name the header from <braid/...> on"
    if not target.startswith("braid/"):
        return None
    path = "include/" + target
    if path not in tree.names:
        return f"there is no {path}"
    other = folder_of(path)
    if other == folder or other not in FLOORS or FLOORS[other] < FLOORS[folder]:
        return None
    here, there = FLOORS[folder], FLOORS[other]
    where = "a sibling on the same floor" if here == there else "a higher floor"
    return (
        f"{folder}/ (floor {here}) must not see {target}, {where} ({there}): "
        "include lower floors only, or move what both need below"
    )


def _quoted_elsewhere(tree):
    for source in tree.sources(("tests/", "examples/", "bench/")):
        for include in source.includes():
            if include.quoted and (include.target.startswith(("braid/", "../"))):
                message = f"write <...> from an include folder on, not {include.spelling}"
                yield Violation(source.path, include.line, "floors", message)


def _umbrellas(tree):
    top = [path for path in tree.under("include/braid/", ".hpp") if folder_of(path) == ""]
    for strand in STRANDS:
        rooms = tree.under(f"include/braid/{strand}/", ".hpp")
        if rooms:
            yield from _complete(tree, f"include/braid/{strand}.hpp", rooms)
    everything = "include/braid/braid.hpp"
    if top:
        others = [path for path in top if path != everything]
        yield from _complete(tree, everything, others)


def _complete(tree, umbrella, parts):
    if umbrella not in tree.names:
        message = f"the umbrella is missing: create it, including {', '.join(map(_name, parts))}"
        yield Violation(umbrella, 1, "floors", message)
        return
    seen = {include.target for include in tree.source(umbrella).includes()}
    for part in parts:
        if _name(part) not in seen:
            message = f"the umbrella lacks <{_name(part)}>: include it"
            yield Violation(umbrella, 1, "floors", message)


def _name(path):
    return path[len("include/") :]


def check_cycles(tree):
    graph = {}
    for header in tree.headers():
        targets = (("include/" + include.target, include.line) for include in header.includes())
        graph[header.path] = [(path, line) for path, line in targets if path in tree.names]
    done, way = set(), []
    for start in sorted(graph):
        yield from _walk(graph, start, way, done)


def _walk(graph, path, way, done):
    if path in done:
        return
    way.append(path)
    for target, line in graph.get(path, ()):
        if target in way:
            loop = " -> ".join(_name(p) for p in way[way.index(target) :] + [target])
            message = f"include cycle {loop}: move what both need into a header of its own"
            yield Violation(path, line, "cycles", message)
        else:
            yield from _walk(graph, target, way, done)
    way.pop()
    done.add(path)
