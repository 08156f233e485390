// SPDX-License-Identifier: MIT

#include <braid/sync/parker.hpp>

#include <braid/os/mapping.hpp>
#include <braid/process/spawn.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/seed.hpp>
#include <support/thread_interruptions.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <thread>

#include <sys/prctl.h>

using namespace std::chrono_literals;
namespace os = braid::detail::os;
namespace detail = braid::detail;
using braid::detail::core::deadline;
using parker = detail::sync::parker<detail::sync::local_scope>;
using shared_parker = detail::sync::parker<detail::sync::shared_scope>;

static_assert(sizeof(parker) == 4);
static_assert(sizeof(shared_parker) == 4);

TEST_CASE("a permit that lies ready ends the park at once, even past its deadline") {
    parker p;
    p.unpark();
    p.park();
    p.unpark();
    CHECK(p.park_until(deadline::passed()));
    CHECK_FALSE(p.park_until(deadline::passed()));
}

TEST_CASE("several unparks before one park are one permit") {
    parker p;
    p.unpark();
    p.unpark();
    p.unpark();
    CHECK(p.park_until(deadline::passed()));
    CHECK_FALSE(p.park_until(deadline::passed()));
}

TEST_CASE("a park gives up at its deadline and leaves no trace") {
    parker p;
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(p.park_until(deadline::after(20ms)));
    CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
    CHECK_FALSE(p.park_until(deadline::after(-1s)));
    p.unpark();
    CHECK(p.park_until(deadline::never()));
    CHECK_FALSE(p.park_until(deadline::passed()));
}

TEST_CASE("an unpark wakes a thread that sleeps without a deadline and with one") {
    for (const auto until : {deadline::never(), deadline::after(1h)}) {
        parker p;
        std::atomic<int> number{0};
        bool got = false;
        std::thread sleeper([&] {
            number = os::thread_number();
            got = p.park_until(until);
        });
        CHECK(support::eventually([&] { return number != 0 && support::is_asleep(number); }));
        p.unpark();
        sleeper.join();
        CHECK(got);
    }
}

TEST_CASE("what happened before the unpark is visible after the park") {
    parker ping;
    parker pong;
    int data = 0;
    constexpr int rounds = 5'000;
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            ping.park();
            ++data;
            pong.unpark();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        ++data;
        ping.unpark();
        pong.park();
    }
    other.join();
    CHECK(data == 2 * rounds);
}

TEST_CASE("a park sees what each of several unparkers did, though they are one permit") {
    for (int round = 0; round < 500; ++round) {
        parker p;
        int first = 0;
        int second = 0;
        std::atomic<int> told{0}; // orders nothing: every access is relaxed
        const auto tell = [&](int& data) {
            data = 1;
            p.unpark();
            told.fetch_add(1, std::memory_order_relaxed);
        };
        std::thread a([&] { tell(first); });
        std::thread b([&] { tell(second); });
        while (told.load(std::memory_order_relaxed) != 2) std::this_thread::yield();
        p.park();
        const int sum = first + second;
        a.join();
        b.join();
        REQUIRE(sum == 2);
    }
}

TEST_CASE("no permit is lost when it comes at the deadline") {
    auto random = support::seeded("parker");
    ::prctl(PR_SET_TIMERSLACK, 1); // the kernel is to keep to the nanosecond
    using clock = std::chrono::steady_clock;
    parker p;
    constexpr int rounds = 3'000;
    std::atomic<clock::rep> due{0};
    std::atomic<int> given{0};
    std::thread giver([&] {
        for (int i = 0; i < rounds; ++i) {
            clock::rep when = 0;
            while ((when = due.exchange(0)) == 0) std::this_thread::yield();
            while (clock::now().time_since_epoch().count() < when) {
            }
            p.unpark();
            ++given;
        }
    });
    int in_time = 0;
    int lost = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto until = clock::now() + 30us;
        const auto offset = std::chrono::nanoseconds(support::upto(random, 20'000) - 5'000);
        due = (until + offset).time_since_epoch().count();
        if (p.park_until(deadline::at(until)))
            ++in_time;
        else if (!p.park_until(deadline::after(10s)))
            ++lost;
        while (given != i + 1) std::this_thread::yield();
        if (p.park_until(deadline::passed())) ++lost; // one permit, taken once
        if (lost != 0) break;
    }
    while (given < rounds) due = 1; // it gave up early
    giver.join();
    ::prctl(PR_SET_TIMERSLACK, 0);
    INFO(in_time << " of " << rounds << " came in time");
    CHECK(lost == 0);
}

TEST_CASE("a parker may be destroyed as soon as park has returned") {
    std::atomic<parker*> where{nullptr};
    std::atomic<bool> over{false};
    std::thread giver([&] {
        while (!over) {
            if (parker* const p = where.exchange(nullptr)) p->unpark();
        }
    });
    for (int i = 0; i < 3'000; ++i) {
        const auto p = std::make_unique<parker>();
        where = p.get();
        p->park();
    }
    over = true;
    giver.join();
}

TEST_CASE("a shared parker wakes across a process border") {
    const auto memory = os::mapping::shared(4096);
    struct both {
        shared_parker ping, pong;
        int data = 0;
    };
    both& shared = *::new (memory.data()) both;
    constexpr int rounds = 1'000;
    auto child = braid::process::spawn([&] {
        for (int i = 0; i < rounds; ++i) {
            shared.ping.park();
            ++shared.data;
            shared.pong.unpark();
        }
    });
    int missed = 0;
    for (int i = 0; i < rounds && missed == 0; ++i) {
        ++shared.data;
        shared.ping.unpark();
        if (!shared.pong.park_until(deadline::after(30s))) ++missed;
    }
    if (missed != 0) child.kill();
    CHECK(child.join().success());
    CHECK(missed == 0);
    CHECK(shared.data == 2 * rounds);
}

TEST_CASE("a signal handler runs during a park, and the park goes on") {
    parker p;
    const support::thread_interruptions signals;
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(p.park_until(deadline::after(30ms)));
    CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
    CHECK(signals.handled() > 0);
}
