// SPDX-License-Identifier: MIT

// balance_race — threads that add to a balance and take the same away leave it as it was, if they
// do it one at a time.

#include <braid/thread.hpp>

#include <cstdio>
#include <mutex>
#include <string_view>
#include <vector>

namespace thread = braid::thread;

static long changes = 1'000'000;
static volatile long balance = 0; // volatile: so that the compiler leaves the steps apart

static void change(long n) {
    balance = balance + n;
    balance = balance - n;
}

static void without_lock() {
    for (long i = 0; i < changes; ++i) change(i);
}

// [lock]
static thread::mutex balance_lock; // guards balance

static void with_lock() {
    for (long i = 0; i < changes; ++i) {
        const std::scoped_lock hold(balance_lock);
        change(i);
    }
}
// [/lock]

static long run(int threads, void (*work)()) {
    balance = 0;
    std::vector<thread::handle> running;
    for (int i = 0; i < threads; ++i) running.push_back(thread::spawn(work));
    running.clear(); // joins them
    return balance;
}

int main(int argc, char** argv) {
    if (argc > 1 && argv[1] == std::string_view("--fast")) changes /= 100;

    std::puts("BUG: without a lock two threads overwrite each other's steps.");
    std::printf("2 threads without a lock: %ld (expected: very likely not 0)\n",
                run(2, without_lock));
    std::printf("3 threads without a lock: %ld (expected: very likely not 0)\n",
                run(3, without_lock));
    std::printf("2 threads with a lock: %ld (expected: 0, every time)\n", run(2, with_lock));
    std::printf("3 threads with a lock: %ld (expected: 0, every time)\n", run(3, with_lock));
}
