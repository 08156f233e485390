// SPDX-License-Identifier: MIT

// Starts a child that ends in the way that is named, and prints who did what. The parent has
// buffered output, a handler and a static object; the child buffers and registers its own.

#include <braid/exec/unhandled.hpp>
#include <braid/process/fork.hpp>
#include <braid/process/spawn.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

struct prints_at_end {
    ~prints_at_end() { std::fputs("parent's static object", stdout); }
} const static_object;

void child(const std::string& way) {
    std::atexit([] { std::cout << "child's handler, "; });
    std::cout << "child's buffer, ";
    if (way == "exit" || way == "fork") std::exit(0);
    if (way == "throw") throw std::runtime_error(way);
}

} // namespace

int main(int, char* argv[]) {
    std::ios::sync_with_stdio(false);
    const std::string way = argv[1];
    std::atexit([] { std::cout << "parent's handler, " << std::flush; });
    braid::set_unhandled_hook([](const braid::unhandled&) {});
    std::cout << "parent's buffer, ";
    int code = 0;
    if (way == "fork") {
        auto forked = braid::process::fork();
        if (!forked) child(way);
        code = forked->join().code().value_or(-1);
    } else {
        code = braid::process::spawn(child, way).join().code().value_or(-1);
    }
    std::cout << "parent ends, ";
    return code == (way == "throw" ? 1 : 0) ? 0 : 1;
}
