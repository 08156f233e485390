// SPDX-License-Identifier: MIT

#include <braid/sync/mutex.hpp>

#include <braid/os/mapping.hpp>
#include <braid/os/thread.hpp>
#include <braid/process/spawn.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/seed.hpp>
#include <support/thread_interruptions.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <type_traits>
#include <vector>

#include <time.h>

using namespace std::chrono_literals;
namespace os = braid::detail::os;
namespace detail = braid::detail;
using braid::detail::core::deadline;
using mutex = detail::sync::basic_mutex<detail::sync::local_scope>;
using shared_mutex = detail::sync::basic_mutex<detail::sync::shared_scope>;

static_assert(sizeof(mutex) == 4);
static_assert(sizeof(shared_mutex) == 4);
static_assert(std::is_trivially_destructible_v<mutex>);
static_assert(!std::is_copy_constructible_v<mutex> && !std::is_move_constructible_v<mutex>);

namespace {

constinit mutex made_by_the_compiler;

/// The processor time that this thread has used.
std::chrono::nanoseconds cpu_time() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

/// What a lock guards: wide enough to be seen torn.
struct account {
    std::array<std::int64_t, 8> parts{};

    void add() {
        for (auto& p : parts) ++p;
    }
    bool is_whole() const {
        for (const auto p : parts) {
            if (p != parts.front()) return false;
        }
        return true;
    }
};

template <class Mutex> void add_under(Mutex& lock, account& guarded, int times, bool& torn) {
    for (int i = 0; i < times; ++i) {
        const std::scoped_lock hold(lock);
        if (!guarded.is_whole()) torn = true;
        guarded.add();
    }
}

} // namespace

TEST_CASE("a mutex is free until it is locked and after it is unlocked") {
    const std::scoped_lock static_one(made_by_the_compiler);
    mutex m;
    CHECK(m.try_lock());
    CHECK_FALSE(m.try_lock());
    m.unlock();
    m.lock();
    CHECK_FALSE(m.try_lock());
    CHECK_FALSE(m.lock_for(-1s));
    m.unlock();
    CHECK(m.lock_for(-1s));
    m.unlock();
}

TEST_CASE("threads exclude each other") {
    for (const int count : {2, 4, 8}) {
        mutex m;
        account guarded;
        const int times = 40'000 / count;
        std::vector<std::thread> threads;
        std::vector<char> torn(static_cast<std::size_t>(count));
        for (auto& t : torn) {
            threads.emplace_back([&] {
                bool seen = false;
                add_under(m, guarded, times, seen);
                t = seen;
            });
        }
        for (auto& t : threads) t.join();
        CHECK(torn == std::vector<char>(static_cast<std::size_t>(count)));
        CHECK(guarded.is_whole());
        CHECK(guarded.parts.front() == std::int64_t{count} * times);
        CHECK(m.try_lock());
        m.unlock();
    }
}

TEST_CASE("the timed forms give up in time, whichever clock they are given") {
    mutex m;
    m.lock();
    bool got = false;
    const auto begin = std::chrono::steady_clock::now();
    std::thread other([&] {
        got = m.lock_for(10ms);
        got = m.try_lock_for(10ms) || got;
        got = m.lock_until(std::chrono::steady_clock::now() + 10ms) || got;
        got = m.try_lock_until(std::chrono::system_clock::now() + 10ms) || got;
        got = m.lock_until(std::chrono::system_clock::now() - 1h) || got;
        got = m.lock_for(std::chrono::duration<double>(0.01)) || got;
        got = m.lock_for(std::chrono::hours::min()) || got;
    });
    other.join();
    CHECK_FALSE(got);
    CHECK(std::chrono::steady_clock::now() - begin >= 49ms);
    m.unlock();
    CHECK(m.lock_until(std::chrono::system_clock::now() - 1h)); // free: it tries once
    m.unlock();
}

TEST_CASE("the longest durations and the last time points wait as long as it takes") {
    using steady = std::chrono::steady_clock;
    using system = std::chrono::system_clock;
    bool (*const ways[])(mutex&) = {
        [](mutex& m) { return m.lock_for(steady::duration::max()); },
        [](mutex& m) { return m.lock_for(std::chrono::hours::max()); },
        [](mutex& m) { return m.lock_until(steady::time_point::max()); },
        [](mutex& m) { return m.lock_until(system::time_point::max()); },
        [](mutex& m) { return m.lock_until(deadline::never()); },
    };
    for (const auto way : ways) {
        mutex m;
        m.lock();
        std::atomic<int> number{0};
        bool got = false;
        std::thread other([&] {
            number = os::thread_number();
            got = way(m);
            m.unlock();
        });
        CHECK(support::eventually([&] { return number != 0 && support::is_asleep(number); }));
        m.unlock();
        other.join();
        CHECK(got);
    }
}

TEST_CASE("a mutex may be destroyed by the last who owned it") {
    for (int i = 0; i < 2'000; ++i) {
        const auto m = std::make_unique<mutex>();
        m->lock();
        std::thread other([&m = *m] {
            m.lock();
            m.unlock();
        });
        m->unlock();
        other.join();
    }
}

TEST_CASE("who gives up takes no wake-up with him") {
    auto random = support::seeded("mutex");
    constexpr int rounds = 100;
    constexpr int hasty = 4;
    mutex m;
    std::atomic<bool> over{false};
    std::atomic<int> got{0};
    std::atomic<bool> lost{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < hasty; ++i) {
        threads.emplace_back([&, mine = std::mt19937_64(random())]() mutable {
            while (!over) {
                if (m.lock_for(std::chrono::microseconds(support::upto(mine, 120)))) m.unlock();
            }
        });
    }
    threads.emplace_back([&] { // has time: only a lost wake-up makes it wait so long
        while (!over && !lost) {
            if (m.lock_for(60s)) {
                ++got;
                m.unlock();
            } else {
                lost = true;
            }
        }
    });
    for (int i = 0; i < rounds && !lost; ++i) {
        m.lock();
        const auto end = std::chrono::steady_clock::now() +
                         std::chrono::microseconds(support::upto(random, 150));
        while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
        m.unlock();
    }
    const bool patient_got_it = support::eventually([&] { return got > 0; });
    over = true;
    for (auto& t : threads) t.join();
    CHECK(patient_got_it);
    CHECK_FALSE(lost);
    CHECK(m.try_lock());
    m.unlock();
}

TEST_CASE("after every timed waiter has gone, one that stays is still woken") {
    auto random = support::seeded("mutex");
    for (int round = 0; round < 150; ++round) {
        mutex m;
        m.lock();
        std::atomic<bool> lost{false};
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            const auto wait = std::chrono::microseconds(support::upto(random, 400));
            threads.emplace_back([&m, wait] {
                if (m.lock_for(wait)) m.unlock();
            });
        }
        threads.emplace_back([&] {
            if (m.lock_for(20s))
                m.unlock();
            else
                lost = true;
        });
        for (int again = 0; again < 8; ++again) { // who is woken finds it locked, and his time over
            std::this_thread::sleep_for(std::chrono::microseconds(support::upto(random, 60)));
            m.unlock();
            m.lock();
        }
        m.unlock();
        for (auto& t : threads) t.join();
        REQUIRE_FALSE(lost);
        REQUIRE(m.try_lock());
        m.unlock();
    }
}

TEST_CASE("who was passed over for more than a millisecond is let in before those who come") {
    mutex m;
    m.lock();
    std::atomic<int> number{0};
    std::atomic<bool> got{false};
    std::thread sleeper([&] {
        number = os::thread_number();
        m.lock();
        got = true;
        m.unlock();
    });
    CHECK(support::eventually([&] { return number != 0 && support::is_asleep(number); }));
    std::this_thread::sleep_for(3ms);
    int passed_over = 0;
    for (; passed_over < 20; ++passed_over) {
        m.unlock();
        m.lock(); // faster than any wake-up, so only courtesy lets the sleeper in between
        if (got) break;
        static_cast<void>(support::eventually([&] { return support::is_asleep(number); }));
    }
    CHECK(passed_over < 20);
    m.unlock();
    sleeper.join();
}

TEST_CASE("one that sleeps gets the lock though two others never leave it alone") {
    mutex m;
    std::atomic<bool> over{false};
    std::atomic<int> turns{0};
    const auto hammer = [&] {
        while (!over) {
            const std::scoped_lock hold(m);
            ++turns;
            // So long that who hopes for 2 µs hardly ever meets a free lock.
            const auto end = std::chrono::steady_clock::now() + 200us;
            while (std::chrono::steady_clock::now() < end) {
            }
        }
    };
    std::thread first(hammer);
    std::thread second(hammer);
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    int got = 0;
    while (got < 30) {
        const int before = turns;
        static_cast<void>(support::eventually([&] { return turns > before; }));
        if (!m.lock_until(give_up)) break;
        ++got;
        m.unlock();
    }
    over = true;
    first.join();
    second.join();
    CHECK(got == 30);
}

TEST_CASE("a waiter burns no processor time beyond its spin") {
    mutex m;
    m.lock();
    std::chrono::nanoseconds untimed{};
    std::chrono::nanoseconds timed{};
    std::thread first([&] {
        const auto before = cpu_time();
        m.lock();
        untimed = cpu_time() - before;
        m.unlock();
    });
    std::thread second([&] {
        const auto before = cpu_time();
        static_cast<void>(m.lock_for(290ms));
        timed = cpu_time() - before;
    });
    std::this_thread::sleep_for(300ms);
    m.unlock();
    first.join();
    second.join();
    CHECK(untimed < 100ms);
    CHECK(timed < 100ms);
}

TEST_CASE("a shared mutex excludes processes") {
    const auto memory = os::mapping::shared(4096);
    struct both {
        shared_mutex lock;
        account guarded;
        std::atomic<int> torn{0};
    };
    both& shared = *::new (memory.data()) both;
    constexpr int times = 10'000;
    const auto work = [&] {
        bool torn = false;
        add_under(shared.lock, shared.guarded, times, torn);
        if (torn) ++shared.torn;
    };
    auto first = braid::process::spawn(work);
    auto second = braid::process::spawn(work);
    work();
    CHECK(first.join().success());
    CHECK(second.join().success());
    CHECK(shared.torn == 0);
    CHECK(shared.guarded.is_whole());
    CHECK(shared.guarded.parts.front() == 3 * times);
}

TEST_CASE("a process that sleeps for a shared mutex is woken by the unlock of another") {
    const auto memory = os::mapping::shared(4096);
    auto& m = *::new (memory.data()) shared_mutex;
    m.lock();
    auto child = braid::process::spawn([&] {
        m.lock();
        m.unlock();
    });
    CHECK_FALSE(child.join_for(30ms));
    m.unlock();
    CHECK(child.join().success());
    CHECK(m.lock_for(0s));
    m.unlock();
}

TEST_CASE("signal handlers run during a wait for the lock, and the wait goes on") {
    mutex m;
    m.lock();
    bool early = false;
    bool got = false;
    int handled = 0;
    std::atomic<bool> waits{false};
    std::thread other([&] {
        const support::thread_interruptions signals;
        early = m.lock_for(20ms);
        waits = true;
        m.lock();
        got = true;
        handled = signals.handled();
        m.unlock();
    });
    CHECK(support::eventually([&] { return waits.load(); }));
    std::this_thread::sleep_for(20ms);
    m.unlock();
    other.join();
    CHECK_FALSE(early);
    CHECK(got);
    CHECK(handled > 0);
    CHECK(m.try_lock());
    m.unlock();
}
