// SPDX-License-Identifier: MIT

#include <braid/thread/mutex.hpp>

#include <braid/process/fork.hpp>
#include <braid/thread/current.hpp>
#include <braid/thread/spawn.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <vector>

using namespace std::chrono_literals;
namespace thread = braid::thread;

static_assert(sizeof(thread::mutex) == 4);
static_assert(noexcept(std::declval<thread::mutex&>().lock()));
static_assert(noexcept(std::declval<thread::mutex&>().try_lock()));
static_assert(noexcept(std::declval<thread::mutex&>().unlock()));

TEST_CASE("std::scoped_lock locks one mutex, and several without a deadlock") {
    thread::mutex a;
    thread::mutex b;
    int both = 0;
    {
        auto first = thread::spawn([&] {
            for (int i = 0; i < 2'000; ++i) {
                const std::scoped_lock hold(a, b);
                ++both;
            }
        });
        auto second = thread::spawn([&] {
            for (int i = 0; i < 2'000; ++i) {
                const std::scoped_lock hold(b, a);
                ++both;
            }
        });
    }
    const std::scoped_lock hold(a);
    CHECK(both == 4'000);
}

TEST_CASE("std::unique_lock takes it in every form") {
    thread::mutex m;
    std::unique_lock lock(m);
    CHECK(lock.owns_lock());
    bool taken = true;
    thread::spawn([&] {
        std::unique_lock other(m, std::try_to_lock);
        taken = other.owns_lock();
        std::unique_lock timed(m, 5ms);
        taken = taken || timed.owns_lock();
        std::unique_lock until(m, std::chrono::system_clock::now() + 5ms);
        taken = taken || until.owns_lock();
    }).join();
    CHECK_FALSE(taken);
    lock.unlock();
    CHECK(lock.try_lock_for(0s));
    lock.unlock();
    CHECK(lock.try_lock_until(std::chrono::steady_clock::now()));
}

TEST_CASE("std::condition_variable_any waits with it") {
    thread::mutex m;
    std::condition_variable_any changed;
    int turn = 0;
    constexpr int rounds = 1'000;
    auto other = thread::spawn([&] {
        for (int i = 0; i < rounds; ++i) {
            std::unique_lock lock(m);
            changed.wait(lock, [&] { return turn % 2 == 1; });
            ++turn;
            changed.notify_all();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        std::unique_lock lock(m);
        changed.wait(lock, [&] { return turn % 2 == 0; });
        ++turn;
        changed.notify_all();
    }
    other.join();
    CHECK(turn == 2 * rounds);
    std::unique_lock lock(m);
    CHECK_FALSE(changed.wait_for(lock, 5ms, [] { return false; }));
    CHECK(lock.owns_lock());
}

TEST_CASE("a static mutex is there before main, and one for each object costs a word") {
    static constinit thread::mutex m;
    struct guarded {
        thread::mutex lock;
        int value = 0;
    };
    static_assert(sizeof(guarded) == 8);
    const std::scoped_lock hold(m);
    CHECK_FALSE(m.try_lock());
}

TEST_CASE("waiting for a mutex is no stop point") {
    thread::mutex m;
    m.lock();
    std::atomic<bool> got{false};
    std::atomic<bool> then_stopped{false};
    auto h = thread::spawn([&] {
        m.lock();
        m.unlock();
        const bool in_time = m.lock_for(1h);
        got = in_time;
        m.unlock();
        try {
            thread::sleep_for(1h);
        } catch (const braid::stopped&) {
            then_stopped = true;
            throw;
        }
    });
    CHECK(support::eventually([&] { return support::is_asleep(h.native_id()); }));
    h.request_stop();
    CHECK_FALSE(h.join_for(20ms));
    CHECK_FALSE(got);
    m.unlock();
    h.join();
    CHECK(got);
    CHECK(then_stopped);
}

TEST_CASE("in a forked child a mutex is as it was at the fork") {
    thread::mutex held;
    thread::mutex free;
    const std::scoped_lock hold(held);
    auto child = braid::process::fork();
    if (!child) {
        const bool as_it_was = !held.try_lock() && !held.lock_for(1ms) && free.try_lock();
        std::exit(as_it_was ? 0 : 1);
    }
    CHECK(child->join().success());
}
