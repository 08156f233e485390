// SPDX-License-Identifier: MIT

// process_hello — a process is started with a function and arguments, has a name, and is joined.

#include <braid/process.hpp>

#include <cstdio>
#include <string>

namespace process = braid::process;

static void hello(const std::string& who) {
    std::printf("Child process %d, '%s', runs hello(%s)\n", process::id(), process::name().c_str(),
                who.c_str());
}

int main() {
    std::printf("Parent process %d\n", process::id());
    // [spawn]
    auto child = process::spawn({.name = "greeter"}, hello, "test");
    std::puts("The child starts");
    const auto status = child.join();
    // [/spawn]
    std::printf("The child has come to its end: %s\n", status.to_string().c_str());
}
