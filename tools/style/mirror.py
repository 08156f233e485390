"""mirror: every header has its test, every lock and queue its model test, every demo its output."""

import os

from .orders import operations
from .source import Violation, folder_of

# What may be missing, and the reason why: "tests/model/name_test.cpp": "why".
ALLOWED = {}


def check_mirror(tree):
    for header in tree.headers():
        folder, name = folder_of(header.path), os.path.basename(header.path)[: -len(".hpp")]
        if not folder:
            continue
        yield from _missing(tree, header.path, f"tests/{folder}/{name}_test.cpp", "a test")
        if folder in ("sync", "queue") and any(orders for _, orders in operations(header)):
            wanted = f"tests/model/{name}_test.cpp"
            yield from _missing(tree, header.path, wanted, "a model test, for it has atomics")
    for path in tree.under("examples/", ".cpp"):
        name = os.path.basename(path)[: -len(".cpp")]
        if os.path.dirname(path) == "examples":
            wanted = f"examples/expected/{name}.txt"
            yield from _missing(tree, path, wanted, "its expected output")


def _missing(tree, path, wanted, what):
    if wanted not in tree.names and wanted not in ALLOWED:
        yield Violation(path, 1, "mirror", f"needs {what}: write {wanted}")
