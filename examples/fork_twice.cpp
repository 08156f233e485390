// SPDX-License-Identifier: MIT

// fork_twice — fork() is called once and returns twice: in the parent with the child, in the child
// with nothing. If it fails there is no child, and an exception says why.

#include <braid/process.hpp>

#include <cstdio>
#include <system_error>

namespace process = braid::process;

static void fork_without_descriptors() {
    try {
        if (auto child = process::fork()) child->join();
    } catch (const std::system_error& e) {
        std::printf("No child: %s\n", e.what());
    }
}

int main() {
    std::printf("Process %d starts\n", process::id());

    // [fork]
    if (auto child = process::fork()) {
        std::printf("Parent %d made child %d\n", process::id(), child->id());
        child->join();
    } else {
        std::printf("Child %d of parent %d\n", process::id(), process::parent_id());
        return 0;
    }
    // [/fork]

    std::puts("Now in a process that may have no more descriptors:");
    auto poor = process::spawn({.limits = {.files = 3}}, fork_without_descriptors);
    poor.join();
}
