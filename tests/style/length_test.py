import unittest

from seeded import Seeded

PATH = "include/braid/core/a.hpp"
HEAD = "// SPDX-License-Identifier: MIT\n#pragma once\n\n// core/a: an example.\n"


def function(lines, head="inline void f(int n) {"):
    """A function whose braces stand this many lines apart, both counted."""
    return head + "\n" + "    g();\n" * (lines - 2) + "}\n"


class Length(Seeded):
    check = "length"

    def test_a_header_has_400_lines(self):
        self.seeded(PATH, "int a;\n" * 401, "int a;\n" * 400, line=401)

    def test_a_test_may_be_longer(self):
        self.passes({"tests/core/a_test.cpp": "int a;\n" * 500 + function(60)})

    def test_a_line_has_100_columns(self):
        text = "int a;\nint b;\n// {}\n"
        self.seeded(PATH, text.format("ab " * 33), text.format("ab " * 32), line=3)

    def test_columns_are_counted_in_characters(self):
        self.passes({PATH: "// " + "é…" * 48 + "\n"})

    def test_a_link_is_not_broken(self):
        self.passes({PATH: "/// https://example.org/" + "a" * 100 + "\n"})

    def test_a_function_has_40_lines(self):
        self.seeded(PATH, "int a;\n" + function(41), "int a;\n" + function(40), line=2)

    def test_members_and_templates_are_seen(self):
        heads = (
            "template <class T, template <class> class U> auto f(T t) noexcept -> U<T> {",
            "[[nodiscard]] bool operator<(const a& other) const {",
            "explicit a(int n) : b_(n), c_{n} {",
            "a() : c_{1} {",
            "template <class F>\n    requires std::invocable<F>\nvoid f(F f = {}) {",
        )
        for head in heads:
            line = 3 + head.count("\n")
            with self.subTest(head):
                scope = "namespace x {\nstruct a : b<int> {\n"
                wrong, right = function(41, head), function(40, head)
                self.seeded(PATH, scope + wrong + "};\n}\n", scope + right + "};\n}\n", line=line)

    def test_scopes_and_tables_are_no_functions(self):
        rows = "    {1, 2},\n" * 50
        self.passes({PATH: "namespace a::inline b {\n" + "int a;\n" * 50 + "}\n"})
        self.passes({PATH: "class [[nodiscard]] alignas(64) a : b {\n" + "int a;\n" * 50 + "};\n"})
        self.passes({PATH: "inline constexpr row table[] = {\n" + rows + "};\n"})
        self.passes({PATH: "enum class e : int {\n" + "    a,\n" * 50 + "};\n"})

    def test_braces_in_comments_and_strings_do_not_count(self):
        text = 'inline void f() { // {\n    g("{", \'{\', R"(\n{)");\n}\n' + "int a;\n" * 50
        self.passes({PATH: text})


class Skeleton(Seeded):
    check = "skeleton"

    def test_the_licence_is_the_first_line(self):
        self.seeded(PATH, HEAD.split("\n", 1)[1], HEAD, line=1, says="SPDX")
        self.refuses({PATH: HEAD.replace("MIT", "GPL")}, f"{PATH}:1")

    def test_pragma_once_follows(self):
        wrong = HEAD.replace("#pragma once\n", "")
        self.seeded(PATH, wrong, HEAD.replace("#pragma", "\n#pragma"), line=3, says="pragma once")

    def test_a_comment_says_what_the_header_is(self):
        wrong = "// SPDX-License-Identifier: MIT\n#pragma once\n\n#include <vector>\n"
        self.seeded(PATH, wrong, HEAD + "\n#include <vector>\n", line=4, says="what the header is")

    def test_no_include_guards(self):
        guard = "#ifndef BRAID_A\n#define BRAID_A\n#endif\n"
        self.seeded(PATH, HEAD + guard, HEAD + "#ifndef BRAID_A\n#endif\n", line=5, says="guard")

    def test_umbrellas_and_helpers_too(self):
        for path in ("include/braid/braid.hpp", "tests/support/a.hpp"):
            self.seeded(path, "// A helper.\n#pragma once\n\n// A helper.\n", HEAD, line=1)


if __name__ == "__main__":
    unittest.main()
