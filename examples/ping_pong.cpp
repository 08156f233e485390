// SPDX-License-Identifier: MIT

// ping_pong — a process has its own copy of every global: two that count to ten in one print ten
// each. A counter in shared memory is one for both: ten in all.

#include <braid/process.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace process = braid::process;
using namespace std::chrono_literals;

static int counter = 0;
static auto pause_between = 500ms;

static void say(const char* word) {
    std::printf("%s ", word);
    std::fflush(stdout);
    process::sleep_for(pause_between);
}

static void count_alone(const char* word) {
    for (; counter < 10; ++counter) say(word);
}

// [shared]
static void count_together(const char* word, process::shared<std::atomic<int>> shared_counter) {
    while (shared_counter->fetch_add(1) < 10) say(word);
}
// [/shared]

int main(int argc, char** argv) {
    if (argc > 1 && argv[1] == std::string_view("--fast")) pause_between = 5ms;

    std::puts("BUG: each process counts in its own copy of a global, so this prints 20 words:");
    {
        auto ping = process::spawn(count_alone, "Ping");
        auto pong = process::spawn(count_alone, "Pong");
    }
    std::printf("\nThe parent's own copy: %d\n", counter);

    std::puts("With a counter in shared memory this prints 10:");
    const process::shared<std::atomic<int>> shared_counter{0};
    {
        auto ping = process::spawn(count_together, "Ping", shared_counter);
        auto pong = process::spawn(count_together, "Pong", shared_counter);
    }
    std::puts("");
}
