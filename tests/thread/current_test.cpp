// SPDX-License-Identifier: MIT

#include <braid/thread/current.hpp>

#include <braid/thread/spawn.hpp>
#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/eventually.hpp>
#include <support/thread_interruptions.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

using namespace std::chrono_literals;
namespace thread = braid::thread;

TEST_CASE("the thread that runs main is thread 1, MainThread") {
    CHECK(thread::id() == 1);
    CHECK(thread::name() == "MainThread");
    CHECK_FALSE(thread::stop_requested());
}

TEST_CASE("a thread knows its number and its name in full") {
    const std::string long_name = "a name of more than fifteen bytes";
    std::uint64_t id = 0;
    std::string name;
    auto h = thread::spawn({.name = long_name}, [&] {
        id = thread::id();
        name = thread::name();
    });
    h.join();
    CHECK(id == h.id());
    CHECK(id > 1);
    CHECK(name == long_name);
}

TEST_CASE("a thread that the library did not start has the kernel's name and a number of its own") {
    std::uint64_t id = 0;
    std::string name;
    std::thread([&] {
        ::pthread_setname_np(::pthread_self(), "foreigner");
        id = thread::id();
        name = thread::name();
        thread::sleep_for(1ms);
    }).join();
    CHECK(id > 1);
    CHECK(name == "foreigner");
}

TEST_CASE("no number is given to two threads") {
    std::set<std::uint64_t> all{thread::id()};
    for (int i = 0; i < 50; ++i) {
        std::uint64_t mine = 0;
        auto h = thread::spawn([&] { mine = thread::id(); });
        h.join();
        CHECK(mine == h.id());
        CHECK(all.insert(mine).second);
    }
}

TEST_CASE("a thread that never waits may ask whether it was asked to stop") {
    std::atomic<bool> started{false};
    auto h = thread::spawn([&] { // takes no token, and can ask all the same
        while (!thread::stop_requested()) started = true;
    });
    CHECK(support::eventually([&] { return started.load(); }));
    CHECK(h.alive());
    h.request_stop();
    h.join();
    CHECK(h.done());
}

TEST_CASE("a sleep lasts its time, in any unit and by any clock") {
    using std::chrono::steady_clock;
    auto begin = steady_clock::now();
    thread::sleep_for(10ms);
    CHECK(steady_clock::now() - begin >= 10ms);
    begin = steady_clock::now();
    thread::sleep_for(std::chrono::duration<double>(0.01));
    CHECK(steady_clock::now() - begin >= 10ms);
    begin = steady_clock::now();
    thread::sleep_until(steady_clock::now() + 10ms);
    CHECK(steady_clock::now() - begin >= 10ms);
    const auto wall = std::chrono::system_clock::now() + 10ms;
    begin = steady_clock::now();
    thread::sleep_until(wall);
    CHECK(steady_clock::now() - begin >= 9ms); // the wall clock may be turned, a little
    thread::sleep_for(-1h);
    thread::sleep_for(std::chrono::hours::min());
    thread::sleep_until(steady_clock::now() - 1h);
    thread::sleep_until(std::chrono::system_clock::time_point::min());
}

TEST_CASE("the longest sleeps are ended by a stop request, all of them quietly") {
    void (*const ways[])() = {
        [] { thread::sleep_for(braid::time_limit::forever()); },
        [] { thread::sleep_for(std::chrono::hours::max()); },
        [] { thread::sleep_until(std::chrono::steady_clock::time_point::max()); },
        [] { thread::sleep_until(std::chrono::system_clock::time_point::max()); },
    };
    for (const auto way : ways) {
        std::atomic<bool> was_stopped{false};
        auto h = thread::spawn([&] {
            try {
                way();
            } catch (const braid::stopped&) {
                was_stopped = true;
                throw;
            }
        });
        CHECK(support::eventually([&] { return support::is_asleep(h.native_id()); }));
        h.request_stop();
        h.join();
        CHECK(was_stopped);
        CHECK(h.exception() == nullptr);
    }
}

TEST_CASE("a yield returns") {
    for (int i = 0; i < 100; ++i) thread::yield();
}

TEST_CASE("a thread-local object that dies with its thread may still ask who it is") {
    static std::atomic<int> asked{0};
    struct late {
        ~late() {
            if (thread::id() > 1 && !thread::name().empty() && !thread::stop_requested()) ++asked;
            thread::sleep_for(1us);
        }
        void touch() const {}
    };
    const auto use = [] {
        static thread_local late first;
        first.touch();
        static_cast<void>(thread::id());
        static thread_local late second;
        second.touch();
    };
    thread::spawn(use).join();
    CHECK(asked == 2);
    std::thread(use).join();
    CHECK(asked == 4);
}

TEST_CASE("a signal handler runs during a sleep and a join, which go on") {
    const support::thread_interruptions signals;
    const auto begin = std::chrono::steady_clock::now();
    thread::sleep_for(20ms);
    CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
    auto h = thread::spawn([] { thread::sleep_for(20ms); });
    CHECK_FALSE(h.join_for(1ms));
    h.join();
    CHECK(std::chrono::steady_clock::now() - begin >= 40ms);
    CHECK(signals.handled() > 0);
}
