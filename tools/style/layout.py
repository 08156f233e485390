"""format: C++ files are as clang-format 14 lays them out with the repository's .clang-format.

Not by --dry-run: that complains of `} // namespace a::inline b`, which it replaces by itself."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

from .source import OURS, Violation

MAJOR = 14


def check_format(tree):
    program = shutil.which(f"clang-format-{MAJOR}") or shutil.which("clang-format")
    major = _major(program)
    if major != MAJOR:
        found = f"{program} is version {major}" if program else "there is none"
        print(f"format: skipped: it needs clang-format {MAJOR}, {found}")
        return
    files = tree.under(OURS)
    parts = [part for part in (files[0::2], files[1::2]) if part]
    with ThreadPoolExecutor(2) as pool:
        for part, same in zip(parts, pool.map(lambda part: _is_same(tree, program, part), parts)):
            for path in () if same else part:
                yield from _differs(tree, program, path)


def _major(program):
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)", said)
    return int(version.group(1)) if version else None


def _formatted(tree, program, files):
    run = subprocess.run([program, *files], cwd=tree.root, capture_output=True)
    return run.stdout.decode(), run.stderr.decode().strip() if run.returncode else ""


def _is_same(tree, program, files):
    """Whether all files are as they should be, in one call of clang-format."""
    return _formatted(tree, program, files) == ("".join(map(tree.text, files)), "")


def _differs(tree, program, path):
    wanted, said = _formatted(tree, program, [path])
    if said:
        yield Violation(path, 1, "format", f"clang-format failed: {said}")
        return
    pairs = enumerate(zip_longest(tree.text(path).split("\n"), wanted.split("\n")), 1)
    line = next((number for number, (is_, should) in pairs if is_ != should), None)
    if line:
        yield Violation(path, line, "format", f"run clang-format -i {path}")
