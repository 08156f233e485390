#!/usr/bin/env python3
"""Checks what the style of braid demands and no compiler sees. Without a name it runs every check.
It prints `path:line: check: what to do` for each fault, and exits with 1 if there is one."""

import argparse
import os
import sys

sys.dont_write_bytecode = True

from style import coroutines, descriptors, floors, layout, leftovers, length  # noqa: E402
from style import mirror, orders, preprocessor, snippets  # noqa: E402
from style.source import Tree  # noqa: E402

CHECKS = {
    "floors": floors.check_floors,
    "cycles": floors.check_cycles,
    "length": length.check_length,
    "skeleton": length.check_skeleton,
    "preprocessor": preprocessor.check_preprocessor,
    "descriptors": descriptors.check_descriptors,
    "orders": orders.check_orders,
    "snippets": snippets.check_snippets,
    "format": layout.check_format,
    "mirror": mirror.check_mirror,
    "leftovers": leftovers.check_leftovers,
    "coroutines": coroutines.check_coroutines,
}


def main(arguments=None):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=here, help="the tree to check (default: this one)")
    parser.add_argument("--list", action="store_true", help="name the checks")
    parser.add_argument("--fix", action="store_true", help="write the snippets anew first")
    parser.add_argument("checks", nargs="*", metavar="check", help="checks to run (default: all)")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(CHECKS))
        return 0
    for name in options.checks:
        if name not in CHECKS:
            parser.error(f"there is no check {name}: choose from {', '.join(CHECKS)}")
    tree = Tree(options.root)
    if options.fix:
        for path in snippets.fix(tree):
            print(f"wrote {path}")
    faults = {fault for name in options.checks or CHECKS for fault in CHECKS[name](tree)}
    for fault in sorted(faults):
        print(f"{fault.path}:{fault.line}: {fault.rule}: {fault.message}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
