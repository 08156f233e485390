// SPDX-License-Identifier: MIT

// Forks; the child leaves with code 7 as the argument says: by leave_child or exit. Parent and
// child tell which of their handlers and destructors run.

#include <braid/os/fork.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace {

struct told {
    const char* what;
    explicit told(const char* w) : what(w) {}
    ~told() { std::puts(what); }
};

const told of_the_program("destructor of the program");

} // namespace

int main(int, char* argv[]) {
    namespace os = braid::detail::os;
    std::ios::sync_with_stdio(false); // cout has a buffer of its own
    std::atexit([] { std::puts("handler of the parent"); });
    std::printf("stdio of the parent\n");
    std::cout << "cout of the parent\n";
    const auto child = os::fork_process();
    if (child.id == 0) {
        std::atexit([] { std::puts("handler of the child"); });
        static const told of_the_child("destructor of the child");
        std::printf("stdio of the child\n");
        std::cout << "cout of the child\n";
        if (std::strcmp(argv[1], "exit") == 0) std::exit(7);
        os::leave_child(7);
    }
    int status = 0;
    ::waitpid(child.id, &status, 0);
    std::printf("code %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
