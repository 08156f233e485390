"""A small tree with one fault in it, and its twin without: every test of a check has such."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from check_style import CHECKS  # noqa: E402
from style.source import Tree  # noqa: E402


def write(root, files):
    for path, text in files.items():
        place = os.path.join(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def faults(check, files):
    """What a check says of a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        write(root, files)
        return sorted(set(CHECKS[check](Tree(root))))


class Seeded(unittest.TestCase):
    check = None

    def passes(self, files):
        said = faults(self.check, files)
        self.assertEqual(said, [])

    def refuses(self, files, *places, says=""):
        said = faults(self.check, files)
        self.assertEqual([f"{fault.path}:{fault.line}" for fault in said], list(places), said)
        for fault in said:
            self.assertEqual(fault.rule, self.check)
            self.assertIn(says, fault.message)

    def seeded(self, path, wrong, right, line, says="", others=()):
        """`wrong` at this path is refused at this line, and `right` passes."""
        others = dict(others)
        self.refuses({**others, path: wrong}, f"{path}:{line}", says=says)
        self.passes({**others, path: right})
