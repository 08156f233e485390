import unittest

from seeded import Seeded

PATH = "include/braid/sync/a.hpp"
STORE = "    a.store(1, core::release); // sync: slot (release)\n"
LOAD = "    a.load(core::acquire); // sync: slot (acquire)\n"


def body(*statements):
    return "void f() {\n" + "".join(statements) + "}\n"


class Orders(Seeded):
    check = "orders"

    def line(self, wrong, right, says=""):
        """One line, the second of a function, where the pair of `slot` is complete."""
        texts = (body(f"    {text}\n", STORE, LOAD) for text in (wrong, right))
        self.seeded(PATH, *texts, line=2, says=says)

    def test_every_operation_names_its_order(self):
        for call in ("a.load({})", "p->store(1{})", "a.fetch_add(g(1, 2){})", "a.exchange(1{})"):
            order = "core::relaxed" if call == "a.load({})" else ", core::relaxed"
            right = call.format(order) + "; // relaxed: own word"
            self.line(call.format("") + ";", right, says="name the memory order")

    def test_the_order_of_an_inner_call_is_not_its_own(self):
        wrong = "a.store(b.load(core::relaxed)); // relaxed: own word"
        right = "a.store(b.load(core::relaxed), core::relaxed); // relaxed: own word"
        self.line(wrong, right, says="name the memory order")

    def test_what_is_no_atomic(self):
        self.line("file.load();", "file.load(); // style: not atomic", says="not atomic")
        self.passes({PATH: body("    x = std::exchange(y, 1);\n    lock.release();\n")})

    def test_acquire_and_release_say_what_for(self):
        self.line("a.load(acquire);", "a.load(acquire); // sync: slot (acquire)", says="acquire")
        self.line("a.store(1, release);", "a.store(1, release); // sync: slot (release)")

    def test_acq_rel_says_both(self):
        wrong = "a.exchange(1, core::acq_rel); // sync: slot (release)"
        self.line(wrong, wrong.replace("(release)", "(acquire, release)"), says="acquire")

    def test_a_label_claims_no_side_that_is_not_there(self):
        for side in ("both", "release"):
            wrong = f"a.load(core::acquire); // sync: slot (acquire, {side})"
            self.line(wrong, wrong.replace(f", {side}", ""), says=f"({side})")
        wrong = "a.store(1, core::relaxed); // sync: slot (release); relaxed: own word"
        self.line(wrong, wrong.replace("relaxed", "seq_cst"), says="(release)")

    def test_relaxed_and_seq_cst_say_why(self):
        self.line("a.load(relaxed);", "a.load(relaxed); // relaxed: a hint", says="relaxed")
        right = "a.load(seq_cst); // seq_cst: against the sleeper's store"
        self.line("a.load(seq_cst);", right, says="seq_cst")

    def test_a_failed_exchange_needs_no_reason(self):
        call = "a.compare_exchange_weak(x, y, core::acquire, core::relaxed)"
        self.line(f"while (!{call}) g();", f"while (!{call}) g(); // sync: slot (acquire)")
        call = "a.compare_exchange_weak(x, y, core::relaxed);"
        self.line(call, f"{call} // relaxed: a count", says="relaxed")

    def test_both_sides_are_in_one_header(self):
        self.seeded(PATH, body(STORE), body(STORE, LOAD), line=2, says="no acquire side")
        self.seeded(PATH, body(LOAD), body(LOAD, STORE), line=2, says="no release side")
        other = "include/braid/sync/b.hpp"
        self.refuses({PATH: body(STORE), other: body(LOAD)}, f"{PATH}:2", f"{other}:2")

    def test_a_comment_above_serves_the_statement(self):
        block = "    // The queue is full.\n    // sync: slot (acquire); relaxed: own word\n"
        statement = "    if (a.load(core::acquire) ==\n        b.load(core::relaxed)) {\n    }\n"
        self.passes({PATH: body(block, statement, STORE)})
        apart = body(block, "    g();\n", statement, STORE, LOAD)
        self.refuses({PATH: apart}, f"{PATH}:5", f"{PATH}:6")

    def test_a_comment_at_the_end_serves_the_statement(self):
        statement = "    a.store(\n        1, core::release); // sync: slot (release)\n"
        self.passes({PATH: body(statement, LOAD)})

    def test_a_comment_may_go_on_below_but_not_serve_the_next(self):
        long = (
            "    a.load(core::acquire); // sync: slot\n"
            "                           // (acquire)\n"
        )
        self.passes({PATH: body(long, STORE)})
        self.refuses({PATH: body(long, "    b.load(core::acquire);\n", STORE)}, f"{PATH}:4")

    def test_the_head_of_a_for_is_one_statement(self):
        loop = "    for (n x = a.load(core::acquire); x; x = a.load(core::acquire)) {\n    }\n"
        self.passes({PATH: body("    // sync: slot (acquire)\n", loop, STORE)})

    def test_fences_go_through_the_seam(self):
        wrong = "std::atomic_thread_fence(core::seq_cst); // seq_cst: pair of x"
        fence = "    core::store_load_fence(); // pair: x\n"
        self.seeded(PATH, body(f"    {wrong}\n"), body(fence, fence), line=2, says="store_load")
        self.passes({"include/braid/core/atomic.hpp": body(f"    {wrong}\n")})

    def test_a_fence_names_its_pair(self):
        bare = "    core::store_load_fence();\n"
        named = "    core::store_load_fence(); // pair: x\n"
        self.seeded(PATH, body(bare, named, named), body(named, named), line=2, says="pair")

    def test_a_pair_has_two_sites(self):
        one = "    core::store_load_fence(); // pair: sleep and wake\n"
        other = "    // pair: sleep and wake. seq_cst: see the fence\n    a.load(core::seq_cst);\n"
        self.seeded(PATH, body(one), body(one, other), line=2, says="sleep and wake")

    def test_atomics_go_through_the_seam(self):
        for word in ("std::atomic<int> a;", "std::memory_order o;", "__atomic_clear(p, 0);"):
            self.seeded(PATH, f"int b;\n{word}\n", "core::atomic<int> a;\n", line=2, says="seam")
            self.passes({"include/braid/os/a.hpp": f"{word}\n"})
        self.passes({PATH: "// style: std::atomic a user's own\nis<std::atomic<T>> x;\n"})


if __name__ == "__main__":
    unittest.main()
