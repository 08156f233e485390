// SPDX-License-Identifier: MIT

// named_thread — a thread has a name, which it and everybody else can ask for.

#include <braid/thread.hpp>

#include <cstdio>

namespace thread = braid::thread;

// [program]
static void loop(const char* what) {
    std::printf("Thread %s is running\n", thread::name().c_str());
    for (int i = 0; i < 3; ++i) std::printf("loop %d: %s\n", i, what);
    std::printf("Thread %s has finished\n", thread::name().c_str());
}

int main() {
    std::printf("Thread %s is running\n", thread::name().c_str());
    auto t = thread::spawn({.name = "SubThread"}, loop, "test");
    t.join();
    std::printf("Thread %s has finished\n", thread::name().c_str());
}
// [/program]
