import unittest

from seeded import Seeded

BASE = {
    "include/braid/core/a.hpp": "#pragma once\n",
    "include/braid/os/a.hpp": "#pragma once\n",
    "include/braid/ipc/a.hpp": "#pragma once\n",
    "include/braid/exec/a.hpp": "#pragma once\n",
}


class Floors(Seeded):
    check = "floors"

    def include(self, folder, target):
        return {**BASE, f"include/braid/{folder}/b.hpp": f"#pragma once\n\n#include {target}\n"}

    def test_a_higher_floor_is_refused(self):
        self.refuses(self.include("core", "<braid/os/a.hpp>"), "include/braid/core/b.hpp:3")
        self.passes(self.include("os", "<braid/core/a.hpp>"))
        self.passes(self.include("os", "<braid/os/a.hpp>"))

    def test_a_sibling_is_refused(self):
        files = self.include("exec", "<braid/ipc/a.hpp>")
        self.refuses(files, "include/braid/exec/b.hpp:3", says="sibling")
        self.passes(self.include("exec", "<braid/exec/a.hpp>"))

    def test_strands_do_not_see_each_other(self):
        umbrellas = {
            "include/braid/thread.hpp": "#include <braid/thread/a.hpp>\n",
            "include/braid/coro.hpp": "#include <braid/coro/a.hpp>\n",
            "include/braid/braid.hpp": "#include <braid/coro.hpp>\n#include <braid/thread.hpp>\n",
            "include/braid/thread/a.hpp": "#pragma once\n",
        }
        self.seeded(
            "include/braid/coro/a.hpp",
            wrong="#include <braid/thread/a.hpp>\n",
            right="#include <braid/exec/a.hpp>\n",
            line=1,
            others={**BASE, **umbrellas},
        )

    def test_an_umbrella_is_above_all(self):
        files = self.include("os", "<braid/braid.hpp>")
        files["include/braid/braid.hpp"] = "#include <braid/os/a.hpp>\n"
        self.refuses(files, "include/braid/os/b.hpp:3", says="higher floor")

    def test_an_include_in_a_comment_is_none(self):
        self.passes(self.include("core", "<braid/core/a.hpp> // not <braid/os/a.hpp>"))
        self.passes({"include/braid/core/c.hpp": "/*\n#include <braid/os/a.hpp>\n*/\n"})

    def test_quotes_are_refused(self):
        self.refuses(self.include("os", '"braid/core/a.hpp"'), "include/braid/os/b.hpp:3")
        self.refuses(self.include("os", '"a.hpp"'), "include/braid/os/b.hpp:3")
        self.seeded(
            "tests/os/a_test.cpp",
            wrong='#include "braid/os/a.hpp"\n',
            right='#include <braid/os/a.hpp>\n#include "helper.hpp"\n',
            line=1,
            others=BASE,
        )

    def test_a_relative_path_is_refused(self):
        files = self.include("os", "<braid/os/../core/a.hpp>")
        self.refuses(files, "include/braid/os/b.hpp:3", says="relative")

    def test_a_header_that_is_not_there_is_refused(self):
        self.refuses(self.include("os", "<braid/core/none.hpp>"), "include/braid/os/b.hpp:3")

    def test_an_unknown_folder_is_refused(self):
        self.refuses({"include/braid/cellar/a.hpp": "\n"}, "include/braid/cellar/a.hpp:1")

    def test_an_umbrella_holds_its_strand(self):
        rooms = {
            "include/braid/thread/a.hpp": "#pragma once\n",
            "include/braid/thread/b.hpp": "#pragma once\n",
            "include/braid/braid.hpp": "#include <braid/thread.hpp>\n",
        }
        self.seeded(
            "include/braid/thread.hpp",
            wrong="#include <braid/thread/a.hpp>\n",
            right="#include <braid/thread/a.hpp>\n#include <braid/thread/b.hpp>\n",
            line=1,
            says="braid/thread/b.hpp",
            others=rooms,
        )

    def test_a_missing_umbrella_is_told(self):
        files = {"include/braid/thread/a.hpp": "#pragma once\n"}
        self.refuses(files, "include/braid/thread.hpp:1", says="missing")

    def test_the_umbrella_of_all_holds_the_others(self):
        self.seeded(
            "include/braid/braid.hpp",
            wrong="#pragma once\n",
            right="#include <braid/exec.hpp>\n",
            line=1,
            others={**BASE, "include/braid/exec.hpp": "#include <braid/exec/a.hpp>\n"},
        )


class Cycles(Seeded):
    check = "cycles"

    def test_a_cycle_is_refused_where_it_closes(self):
        self.seeded(
            "include/braid/os/c.hpp",
            wrong="#pragma once\n#include <braid/os/a.hpp>\n",
            right="#pragma once\n",
            line=2,
            says="braid/os/a.hpp -> braid/os/b.hpp -> braid/os/c.hpp -> braid/os/a.hpp",
            others={
                "include/braid/os/a.hpp": "#include <braid/os/b.hpp>\n",
                "include/braid/os/b.hpp": "#include <braid/os/c.hpp>\n",
            },
        )

    def test_a_header_that_includes_itself_is_a_cycle(self):
        path = "include/braid/os/a.hpp"
        self.seeded(path, "\n\n#include <braid/os/a.hpp>\n", "\n", line=3)

    def test_two_ways_to_one_header_are_no_cycle(self):
        self.passes(
            {
                "include/braid/os/a.hpp": "#include <braid/os/b.hpp>\n#include <braid/os/c.hpp>\n",
                "include/braid/os/b.hpp": "#include <braid/os/d.hpp>\n",
                "include/braid/os/c.hpp": "#include <braid/os/d.hpp>\n",
                "include/braid/os/d.hpp": "#pragma once\n",
            }
        )


if __name__ == "__main__":
    unittest.main()
