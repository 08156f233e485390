import os
import subprocess
import sys
import tempfile
import unittest

import coroutines_test
import files_test
import floors_test
import leftovers_test
import length_test
import orders_test
import preprocessor_test
from seeded import CHECKS, ROOT, Seeded, write

TESTED = (
    coroutines_test,
    files_test,
    floors_test,
    leftovers_test,
    length_test,
    orders_test,
    preprocessor_test,
)


def run(*arguments):
    program = os.path.join(ROOT, "tools", "check_style.py")
    done = subprocess.run([sys.executable, program, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout


class Program(unittest.TestCase):
    def test_list_names_the_checks(self):
        self.assertEqual(run("--list"), (0, "\n".join(CHECKS) + "\n"))

    def test_every_check_has_a_seeded_test(self):
        classes = [thing for module in TESTED for thing in vars(module).values()]
        tested = {c.check for c in classes if isinstance(c, type) and issubclass(c, Seeded)}
        self.assertEqual(tested - {None}, set(CHECKS))

    def test_a_fault_is_printed_and_told_to_the_shell(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, {"include/braid/sync/a.hpp": "int a;\n#if X\n#endif\n"})
            code, said = run("--root", root, "preprocessor")
            self.assertEqual(code, 1)
            self.assertRegex(said, r"\Ainclude/braid/sync/a\.hpp:2: preprocessor: .+\n\Z")
            self.assertEqual(run("--root", root, "cycles", "floors"), (0, ""))

    def test_an_unknown_check_is_an_error(self):
        self.assertEqual(run("cellar"), (2, ""))

    def test_git_says_which_files_there_are(self):
        with tempfile.TemporaryDirectory() as root:
            if subprocess.run(["git", "init", "-q", root], capture_output=True).returncode:
                self.skipTest("needs git")
            write(root, {".gitignore": "out/\n", "tests/out/a.py": "a", "tests/a.py": "a"})
            code, said = run("--root", root, "leftovers")
            self.assertEqual((code, said.count("\n")), (1, 1), said)
            self.assertIn("tests/a.py:1", said)


if __name__ == "__main__":
    unittest.main()
