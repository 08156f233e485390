import unittest

from seeded import Seeded

PATH = "tests/coro/a_test.cpp"


class Coroutines(Seeded):
    check = "coroutines"

    def function(self, *lines):
        return "task<int> f(int n) {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"

    def test_a_condition_needs_a_local_in_the_body(self):
        for line in (
            "if (co_await q) co_return 1;",
            "if (!co_await q.pop()) co_return 1;",
            "while (co_await q != 3) g();",
            "switch (co_await q) {}",
            "do g(); while (co_await q);",
            "for (; co_await q;) g();",
        ):
            with self.subTest(line):
                wrong = self.function(line)
                right = self.function("const int a = 0;", line)
                self.seeded(PATH, wrong, right, line=2)

    def test_what_is_a_local(self):
        test = "if (co_await q) co_return 1;"
        for local in (
            "thread::mutex m;",
            "std::vector<int> v{1, 2};",
            "auto [a, b] = g();",
            "auto& a = n;",
            "[[maybe_unused]] int pad = 0;",
            "map<int, x<y>> z(3);",
            "int n{};",
            "using t = int;",
        ):
            with self.subTest(local):
                self.passes({PATH: self.function(local, test)})
        for other in ("g();", "co_await q;", "co_return;", "n = 3;", "throw x;", "{ int a = 0; }"):
            with self.subTest(other):
                self.refuses({PATH: self.function(other, test)}, f"{PATH}:3")

    def test_the_outermost_block_counts(self):
        test = "    if (co_await q) g();"
        wrong = self.function("try {", "    int a = 0;", test, "} catch (x) {}")
        right = self.function("int a = 0;", "try {", test, "} catch (x) {}")
        self.seeded(PATH, wrong, right, line=4)
        loop = ("for (;;) {", "    while (n < 3) {", "        if (co_await q) g();", "    }", "}")
        self.seeded(PATH, self.function(*loop), self.function("int a = 0;", *loop), line=4)

    def test_a_lambda_is_a_function_of_its_own(self):
        test = "    if (co_await q) g();"
        wrong = self.function("int a = 0;", "g([&](int b) -> task<int> {", test, "});")
        right = self.function("g([&] {", "    int a = 0;", test, "});")
        self.seeded(PATH, wrong, right, line=4)

    def test_a_declaration_in_the_head_is_enough(self):
        for line in (
            "while (auto v = co_await q.pop()) g(*v);",
            "if (const int v = co_await q; v == 3) g();",
            "for (int i = 0; i < co_await q; ++i) g();",
            "for (auto v : co_await q) g();",
        ):
            with self.subTest(line):
                self.passes({PATH: self.function(line)})

    def test_a_word_excuses(self):
        self.passes({PATH: self.function("if (co_await q) g(); // style: local above")})
        self.passes({PATH: self.function("// style: local above", "if (co_await q) g();")})

    def test_other_conditions(self):
        self.passes({PATH: self.function("if (n) co_await q;", "// if (co_await q)")})
        self.passes({PATH: self.function('g("if (co_await q)");')})


if __name__ == "__main__":
    unittest.main()
