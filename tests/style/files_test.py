import contextlib
import io
import os
import shutil
import tempfile
import unittest
from unittest import mock

from seeded import ROOT, Seeded, write
from style import layout, mirror, snippets
from style.source import Tree

EXAMPLE = """\
#include <braid/braid.hpp>

int main() {
    // [use]
    int a = 0;
    // [inner]
    if (a) {
        a = 1;
    }
    // [/inner]
    // [/use]
}
"""


def page(code, mark="<!-- snippet: examples/a.cpp use -->\n"):
    return f"# braid\n\n{mark}```cpp\n{code}```\n\nText.\n"


class Snippets(Seeded):
    check = "snippets"
    code = "int a = 0;\nif (a) {\n    a = 1;\n}\n"
    example = {"examples/a.cpp": EXAMPLE}

    def test_a_block_is_its_region(self):
        wrong = page(self.code.replace("1", "2"))
        self.seeded("README.md", wrong, page(self.code), 4, "--fix", self.example)
        self.seeded("docs/a.md", wrong, page(self.code), 4, "--fix", self.example)

    def test_a_nested_region_is_one_too(self):
        mark = "<!-- snippet: examples/a.cpp inner -->\n"
        self.passes({**self.example, "README.md": page("if (a) {\n    a = 1;\n}\n", mark)})

    def test_every_block_of_the_readme_has_a_source(self):
        self.refuses({"README.md": page(self.code, "")}, "README.md:3", says="snippet:")
        self.passes({"docs/a.md": page(self.code, "")})
        self.passes({"README.md": "```sh\ng++ a.cpp\n```\n```cmake\nproject(a)\n```\n"})

    def test_a_mark_stands_directly_before(self):
        wrong = page(self.code, "<!-- snippet: examples/a.cpp use -->\n\n")
        self.refuses({**self.example, "docs/a.md": wrong}, "docs/a.md:3", says="directly")

    def test_a_missing_region_is_told(self):
        for mark in ("examples/a.cpp none", "examples/none.cpp use"):
            wrong = page(self.code, f"<!-- snippet: {mark} -->\n")
            self.refuses({**self.example, "README.md": wrong}, "README.md:4")

    def test_fix_writes_the_blocks(self):
        with tempfile.TemporaryDirectory() as root:
            mark = "<!-- snippet: examples/a.cpp inner -->\n"
            wrong = page("old;\n") + page("older;\nolder;\n", mark)
            write(root, {**self.example, "README.md": wrong})
            self.assertEqual(list(snippets.fix(Tree(root))), ["README.md"])
            inner = "if (a) {\n    a = 1;\n}\n"
            fixed = page(self.code) + page(inner, mark)
            self.assertEqual(Tree(root).text("README.md"), fixed)
            self.assertEqual(list(snippets.check_snippets(Tree(root))), [])
            self.assertEqual(list(snippets.fix(Tree(root))), [])


class Format(Seeded):
    check = "format"

    def setUp(self):
        program = shutil.which("clang-format-14") or shutil.which("clang-format")
        if layout._major(program) != layout.MAJOR:
            self.skipTest("needs clang-format 14")
        with open(os.path.join(ROOT, ".clang-format"), encoding="utf-8") as file:
            self.config = {".clang-format": file.read()}

    def test_other_layout_is_refused(self):
        right = "namespace a::inline b {\n\nint c = 0;\n\n} // namespace a::inline b\n"
        path = "include/braid/core/a.hpp"
        self.seeded(path, right.replace("c =", "c="), right, 3, "clang-format -i", self.config)

    def test_only_the_faulty_file_is_told(self):
        files = {f"tests/core/{name}.cpp": "int a = 0;\n" for name in "abcd"}
        files["examples/e.cpp"] = "int a = 0;\nint  b = 0;\n"
        self.refuses({**self.config, **files}, "examples/e.cpp:2")


class FormatElsewhere(unittest.TestCase):
    def test_another_version_is_skipped_with_a_word(self):
        said = io.StringIO()
        with mock.patch.object(layout, "_major", return_value=19):
            with contextlib.redirect_stdout(said):
                self.assertEqual(list(layout.check_format(Tree(os.path.dirname(__file__)))), [])
        self.assertIn("format: skipped", said.getvalue())


class Mirror(Seeded):
    check = "mirror"

    def test_every_header_has_a_test(self):
        header = {"include/braid/os/fd.hpp": "\n", "include/braid/os.hpp": "\n"}
        self.refuses(header, "include/braid/os/fd.hpp:1", says="tests/os/fd_test.cpp")
        self.passes({**header, "tests/os/fd_test.cpp": "\n"})

    def test_atomics_have_a_model(self):
        files = {
            "include/braid/sync/a.hpp": "void f() { a.load(core::relaxed); }\n",
            "tests/sync/a_test.cpp": "\n",
        }
        self.refuses(files, "include/braid/sync/a.hpp:1", says="tests/model/a_test.cpp")
        self.passes({**files, "tests/model/a_test.cpp": "\n"})
        self.passes({"include/braid/sync/a.hpp": "file.load();\n", "tests/sync/a_test.cpp": "\n"})

    def test_what_may_be_missing_is_in_the_table(self):
        with mock.patch.dict(mirror.ALLOWED, {"tests/os/fd_test.cpp": "an example"}):
            self.passes({"include/braid/os/fd.hpp": "\n"})

    def test_every_demo_has_its_output(self):
        self.refuses({"examples/a.cpp": "\n"}, "examples/a.cpp:1", says="examples/expected/a.txt")
        self.passes({"examples/a.cpp": "\n", "examples/expected/a.txt": "\n"})


if __name__ == "__main__":
    unittest.main()
