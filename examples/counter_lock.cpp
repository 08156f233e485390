// SPDX-License-Identifier: MIT

// counter_lock — five threads add 10,000 each to one number, under a lock: nothing is lost.

#include <braid/thread.hpp>

#include <cstdio>
#include <mutex>
#include <vector>

namespace thread = braid::thread;

static int number = 0;
static thread::mutex number_lock; // guards number

static void count() {
    std::printf("thread %s is running\n", thread::name().c_str());
    for (int i = 0; i < 10'000; ++i) {
        const std::scoped_lock hold(number_lock);
        ++number;
    }
    std::printf("thread %s has ended\n", thread::name().c_str());
}

int main() {
    std::printf("thread %s is running\n", thread::name().c_str());
    std::vector<thread::handle> threads;
    for (int i = 0; i < 5; ++i) threads.push_back(thread::spawn(count));
    for (auto& t : threads) t.join();
    std::printf("number: %d\n", number);
    std::printf("thread %s has ended\n", thread::name().c_str());
}
