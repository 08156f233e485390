import unittest

from seeded import Seeded


class Preprocessor(Seeded):
    check = "preprocessor"
    path = "include/braid/sync/a.hpp"

    def test_conditions_stay_on_the_ground(self):
        for word in ("#if X", "#  ifdef X", "#ifndef X"):
            wrong = f"int a;\n{word}\n#endif\n"
            self.seeded(self.path, wrong, "// #if X\nint a;\n", line=2, says="core/ and os/")
            self.passes({"include/braid/core/a.hpp": wrong, "include/braid/os/a.hpp": wrong})

    def test_an_elif_is_a_condition(self):
        wrong = "#if X\n#elif Y\n#else\n#endif\n"
        self.refuses({self.path: wrong}, f"{self.path}:1", f"{self.path}:2")

    def test_system_headers_stay_in_os(self):
        for header in ("<unistd.h>", "<linux/futex.h>", "<pthread.h>", "<stdint.h>"):
            wrong = f"#include <vector>\n#include {header}\n"
            self.seeded(self.path, wrong, "#include <cstdint>\n", line=2, says=header)
            self.passes({"include/braid/os/a.hpp": wrong})

    def test_macros_are_ours(self):
        path = "include/braid/core/a.hpp"
        self.seeded(path, "#define FOO 1\n", "#define BRAID_FOO 1\n", line=1, says="FOO")

    def test_macros_are_five(self):
        five = "".join(f"#define BRAID_{n} {n}\n" for n in range(5))
        self.seeded(
            "include/braid/core/a.hpp",
            wrong=five + "#ifdef BRAID_SIXTH\n#endif\n",
            right=five + "#ifdef BRAID_3\n#endif\n",
            line=6,
            says="BRAID_SIXTH",
        )

    def test_system_calls_stay_in_os(self):
        for call in ("::read(0, p, n)", "syscall(1)", "pthread_self()", "::close(3)"):
            wrong = f"// {call}\ninline int f() {{ return {call}; }}\n"
            self.seeded(self.path, wrong, 'inline f() { g("::read(0)"); }\n', line=2, says="os/")
            self.passes({"include/braid/os/a.hpp": wrong})

    def test_what_is_no_system_call(self):
        calls = "::new (p) T(1); os::read(1); x.close(); std::abort(); ::braid::v::f(); T<U>::g();"
        self.passes({self.path: f"inline void f() {{ {calls} }}\npthread_t t;\n"})

    def test_eintr_stays_in_os(self):
        self.seeded(self.path, "if (e == EINTR) f();\n", "// EINTR\n", line=1, says="EINTR")
        self.passes({"include/braid/os/a.hpp": "if (e == EINTR) f();\n"})

    def test_no_using_namespace_in_headers(self):
        for path in (self.path, "tests/support/a.hpp"):
            self.seeded(path, "int a;\nusing namespace std;\n", "using std::vector;\n", line=2)
        self.passes({"tests/sync/a_test.cpp": "using namespace std;\n"})


class Descriptors(Seeded):
    check = "descriptors"
    path = "include/braid/os/a.hpp"

    def call(self, wrong, right):
        text = "inline int f() {{\n    return {};\n}}\n"
        self.seeded(self.path, text.format(wrong), text.format(right), line=2)

    def test_the_flag_is_in_the_call(self):
        self.call("::open(p, O_RDONLY)", "::open(p, O_RDONLY | O_CLOEXEC)")
        self.call("open(p, O_RDONLY)", "open(p, O_RDONLY | O_CLOEXEC)")
        self.call("::pipe2(p, 0)", "::pipe2(p, O_CLOEXEC)")
        self.call("::socket(AF_UNIX, SOCK_STREAM, 0)", "::socket(AF_UNIX, k | SOCK_CLOEXEC, 0)")
        self.call("memfd_create(n, 0)", "memfd_create(n, MFD_CLOEXEC)")
        self.call("a && ::eventfd(0, 0)", "a && ::eventfd(0, EFD_CLOEXEC)")
        self.call("::epoll_create1(0)", "::epoll_create1(EPOLL_CLOEXEC)")
        self.call("syscall(SYS_memfd_create, n, 0)", "syscall(SYS_memfd_create, n, MFD_CLOEXEC)")
        self.call("::recvmsg(s, &m, 0)", "::recvmsg(s, &m, MSG_CMSG_CLOEXEC)")

    def test_what_cannot_have_the_flag_is_refused(self):
        self.call("::pipe(p)", "::pipe2(p, O_CLOEXEC)")
        self.call("::dup(d)", "::fcntl(d, F_DUPFD_CLOEXEC, 0)")
        self.call("::fcntl(d, F_DUPFD, 0)", "::fcntl(d, F_DUPFD_CLOEXEC, 0)")
        self.call("::accept(d, a, n)", "::accept4(d, a, n, SOCK_CLOEXEC)")
        self.call("::epoll_create(1)", "::epoll_create1(EPOLL_CLOEXEC)")

    def test_streams(self):
        self.call('std::fopen(p, "r")', 'std::fopen(p, "re")')
        self.refuses({self.path: "std::ifstream file(path);\n"}, f"{self.path}:1")

    def test_own_functions_with_such_names(self):
        own = "fd open(path p);\nfd eventfd(int n);\nx.dup();\npipe(int n);\nos::open(p);\n"
        self.passes({self.path: own})


if __name__ == "__main__":
    unittest.main()
