import unittest

from seeded import Seeded

PATH = "include/braid/core/a.hpp"


class Leftovers(Seeded):
    check = "leftovers"

    def test_notes_to_oneself(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X"):
            self.seeded(PATH, f"int a;\n// {word}: later\n", "int a;\n", line=2, says=word)
            self.refuses({"tools/a.py": f"# {word}\n"}, "tools/a.py:1")
        self.passes({PATH: 'char name[] = "/tmp/braid-' + "XX" * 3 + '";\n'})

    def test_white_space(self):
        self.seeded(PATH, "int a;\nint b; \n", "int a;\nint b;\n", line=2, says="white space")
        self.seeded(PATH, "int a;\n\tint b;\n", "int a;\n    int b;\n", line=2, says="tab")
        self.seeded(PATH, "int a;\nint b;", "int a;\nint b;\n", line=2, says="newline")
        self.refuses({"CMakeLists.txt": "project(a) \n"}, "CMakeLists.txt:1")

    def test_brief(self):
        self.seeded(PATH, "/// @brief Adds.\n", "/// Adds. In brief.\n", line=1)

    def test_code_in_a_comment(self):
        for code in (
            "f();",
            "x.close(1, y);",
            "return x + 1;",
            "int a = 0;",
            "a->b += 2;",
            "++n;",
            "break;",
            "if (a == b) {",
            "} else {",
            "}",
            "void f(int a) {",
            "std::vector<int> v(3);",
            "const auto x = f(a, b);",
            "std::uint32_t seen;",
            "co_await q.push(1);",
            "#include <vector>",
            'std::printf("two words\\n");',
            "for (int i = 0; i < n; ++i) {",
        ):
            with self.subTest(code):
                wrong = f"int a;\n    // {code}\n"
                self.seeded(PATH, wrong, "int a;\n    // The next one.\n", line=2)

    def test_prose_is_no_code(self):
        for prose in (
            "the owner calls wake();",
            "0 means that nobody sleeps;",
            "state = 0 means that it is free;",
            "a thread sleeps only after it wrote `parked`;",
            "return values of the kernel are kept;",
            "while it waits (see above), others pass;",
            "unlock() wakes one; lock() takes it",
            "one (or two);",
            "---- implementation ----",
            "   handle h = spawn(f);",
        ):
            with self.subTest(prose):
                self.passes({PATH: f"// {prose}\n"})

    def test_examples_in_documentation_are_no_leftovers(self):
        self.passes({PATH: "///     auto h = spawn(f);\n/// h.join();\nint a; // a = 1;\n"})


if __name__ == "__main__":
    unittest.main()
