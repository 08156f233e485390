// SPDX-License-Identifier: MIT

#include <braid/core/error.hpp>
#include <braid/process/queue.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/shared_array.hpp>
#include <braid/process/spawn.hpp>
#include <braid/thread/spawn.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/processes.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
namespace process = braid::process;
namespace thread = braid::thread;
using braid::closed_error;
using clock_type = std::chrono::steady_clock;
using number = process::shared<std::atomic<int>>;
using process::queue;

namespace {

struct point {
    int x;
    int y;
};

} // namespace

// ---- one process ----

TEST_CASE("values come out in the order in which they went in") {
    queue<int> q(3);
    CHECK(q.capacity() == 3);
    CHECK(q.empty());
    q.push(1);
    CHECK(q.try_push(2));
    CHECK(q.push_for(3, 1h));
    CHECK(q.size() == 3);
    CHECK_FALSE(q.empty());
    CHECK(q.pop() == 1);
    CHECK(q.push_until(4, clock_type::now()));
    CHECK(q.try_pop() == 2);
    CHECK(q.pop_for(0s) == 3);
    CHECK(q.pop_until(std::chrono::system_clock::now() + 1h) == 4);
    CHECK(q.empty());
}

TEST_CASE("values can be made in place, by constructor or by braces") {
    queue<point> q(4);
    q.emplace(1, 2);
    CHECK(q.try_emplace(3, 4));
    CHECK(q.emplace_for(1s, 5, 6));
    CHECK(q.emplace_until(clock_type::now() + 1s, 7, 8));
    CHECK_FALSE(q.try_emplace(9, 10));
    CHECK(q.pop().y == 2);
    CHECK(q.pop().x == 3);
    CHECK(q.pop().y == 6);
    CHECK(q.pop().x == 7);
}

TEST_CASE("the capacity is exact") {
    for (const int capacity : {1, 2, 3, 10}) {
        queue<int> q(capacity);
        for (int lap = 0; lap < 3; ++lap) {
            for (int i = 0; i < capacity; ++i) REQUIRE(q.try_push(i));
            REQUIRE_FALSE(q.try_push(-1));
            REQUIRE_FALSE(q.push_for(-1, 1ms));
            for (int i = 0; i < capacity; ++i) REQUIRE(q.try_pop() == i);
            REQUIRE_FALSE(q.try_pop());
        }
    }
}

TEST_CASE("a capacity that no queue can have is refused") {
    CHECK_THROWS_AS(queue<int>(0), std::invalid_argument);
    CHECK_THROWS_AS(queue<int>(-1), std::invalid_argument);
    CHECK_THROWS_WITH(queue<int>(-1),
                      "process::queue: the capacity must not be negative, and is -1");
    CHECK_THROWS_AS(queue<int>((std::int64_t{1} << 32) + 1), std::invalid_argument);
    CHECK_THROWS_AS(queue<int>(std::numeric_limits<std::uint64_t>::max()), std::invalid_argument);
    struct megabyte {
        char bytes[1 << 20];
    };
    CHECK_THROWS_AS(queue<megabyte>(std::int64_t{1} << 32), std::system_error);
}

TEST_CASE("the timed forms give up at their time, and a time that has passed is no wait") {
    queue<int> q(1);
    auto began = clock_type::now();
    CHECK_FALSE(q.pop_for(20ms));
    CHECK(clock_type::now() - began >= 20ms);
    CHECK_FALSE(q.pop_for(0s));
    CHECK_FALSE(q.pop_for(-5h));
    CHECK_FALSE(q.pop_until(clock_type::now() - 1h));
    q.push(1);
    began = clock_type::now();
    CHECK_FALSE(q.push_for(2, 20ms));
    CHECK(clock_type::now() - began >= 20ms);
    CHECK_FALSE(q.push_for(2, 0s));
    CHECK_FALSE(q.push_for(2, -5h));
    CHECK_FALSE(q.push_until(2, std::chrono::system_clock::now() - 1h));
    CHECK(q.size() == 1); // a push that gave up leaves no trace
    CHECK(q.pop() == 1);
}

TEST_CASE("the longest durations are waits without end") {
    queue<int> q(1);
    auto h = process::spawn([q]() mutable {
        std::this_thread::sleep_for(20ms);
        q.push(1);
        if (!q.push_for(2, std::chrono::nanoseconds::max())) std::exit(1);
        if (!q.push_until(3, clock_type::time_point::max())) std::exit(2);
    });
    CHECK(q.pop_for(std::chrono::hours::max()) == 1);
    CHECK(q.pop_until(std::chrono::system_clock::time_point::max()) == 2);
    CHECK(q.pop_for(std::chrono::duration<double>(1e300)) == 3);
    CHECK(h.join().success());
}

TEST_CASE("values of 1 byte, of 3 and of 4 KiB are not torn") {
    struct three {
        unsigned char bytes[3];
    };
    struct page {
        std::uint64_t words[512];
    };
    queue<std::uint8_t> bytes(2);
    queue<three> threes(2);
    queue<page> pages(2);
    auto h = process::spawn([=]() mutable {
        for (unsigned i = 0; i < 500; ++i) {
            const auto b = static_cast<unsigned char>(i);
            bytes.push(b);
            threes.push({{b, b, b}});
            page p{};
            for (auto& word : p.words) word = i;
            pages.push(p);
        }
    });
    bool right = true;
    for (unsigned i = 0; i < 500; ++i) {
        const auto b = static_cast<unsigned char>(i);
        right = right && bytes.pop() == b;
        for (const auto byte : threes.pop().bytes) right = right && byte == b;
        for (const auto word : pages.pop().words) right = right && word == i;
    }
    CHECK(right);
    CHECK(h.join().success());
}

TEST_CASE("copies of the handle mean the same queue, and it lives as long as one of them") {
    std::optional<queue<int>> first(2);
    queue<int> second = *first;
    first->push(1);
    CHECK(second.size() == 1);
    first.reset();
    second.push(2);
    CHECK(second.pop() == 1);
    CHECK(second.pop() == 2);
}

TEST_CASE("a queue leaves no descriptor open") {
    const auto open = support::open_descriptors();
    queue<int> q(8);
    q.push(1);
    CHECK(q.pop() == 1);
    CHECK(support::open_descriptors() == open);
}

// ---- closing ----

TEST_CASE("every form of push to a closed queue throws, full or not") {
    queue<int> q(1);
    q.push(1);
    q.close();
    CHECK(q.closed());
    q.close();
    CHECK_THROWS_AS(q.push(2), closed_error);
    CHECK_THROWS_AS(q.try_push(2), closed_error);
    CHECK_THROWS_AS(q.push_for(2, 1ms), closed_error);
    CHECK_THROWS_AS(q.push_until(2, clock_type::now()), closed_error);
    CHECK_THROWS_AS(q.emplace(2), closed_error);
    CHECK_THROWS_AS(q.try_emplace(2), closed_error);
    CHECK_THROWS_AS(q.emplace_for(1ms, 2), closed_error);
    CHECK_THROWS_AS(q.emplace_until(clock_type::now(), 2), closed_error);
    CHECK(q.pop() == 1);
    CHECK_THROWS_AS(q.try_push(2), closed_error);
}

TEST_CASE("a closed queue is drained, then pop throws, and its other forms give nothing") {
    queue<int> q(4);
    for (const int i : {1, 2, 3, 4}) q.push(i);
    q.close();
    CHECK(q.pop() == 1);
    CHECK(q.try_pop() == 2);
    CHECK(q.pop_for(1h) == 3);
    CHECK(q.pop_until(clock_type::now()) == 4);
    CHECK_THROWS_AS(q.pop(), closed_error);
    CHECK_FALSE(q.try_pop());
    CHECK_FALSE(q.pop_for(1h)); // at once
    CHECK_FALSE(q.pop_until(clock_type::time_point::max()));
    CHECK(q.pop_many(5).empty());
}

TEST_CASE("closing wakes all who wait, in all processes") {
    queue<int> empty(1);
    queue<int> full(1);
    full.push(1);
    std::vector<process::handle> children;
    for (int i = 0; i < 3; ++i) {
        children.push_back(process::spawn([empty]() mutable {
            try {
                static_cast<void>(empty.pop());
            } catch (const closed_error&) {
                std::exit(3);
            }
        }));
        children.push_back(process::spawn([full]() mutable {
            try {
                full.push(2);
            } catch (const closed_error&) {
                std::exit(3);
            }
        }));
        children.push_back(
            process::spawn([empty]() mutable { std::exit(empty.pop_for(1h) ? 1 : 3); }));
    }
    std::this_thread::sleep_for(30ms); // most of them sleep by now
    empty.close();
    full.close();
    for (auto& child : children) CHECK(child.join().code() == 3);
    CHECK(full.pop() == 1);
}

TEST_CASE("close while processes push loses nothing that was confirmed") {
    for (int round = 0; round < 15; ++round) {
        queue<int> q(4);
        const number confirmed{0};
        std::vector<process::handle> producers;
        for (int p = 0; p < 2; ++p) {
            producers.push_back(process::spawn([q, confirmed]() mutable {
                try {
                    for (;;) {
                        q.push(1);
                        ++*confirmed;
                    }
                } catch (const closed_error&) {
                }
            }));
        }
        int popped = 0;
        while (popped < 20 * round) popped += q.pop();
        q.close();
        for (const int value : q) popped += value;
        for (auto& producer : producers) REQUIRE(producer.join().success());
        REQUIRE(popped == *confirmed);
    }
}

TEST_CASE("a range-for takes all until the queue is closed and drained") {
    queue<int> q(2);
    auto h = process::spawn([q]() mutable {
        for (int i = 1; i <= 100; ++i) q.push(i);
        q.close();
    });
    int expected = 0;
    for (const int value : q) REQUIRE(value == ++expected);
    CHECK(expected == 100);
    CHECK(h.join().success());
    for ([[maybe_unused]] const int value : q) FAIL("it is drained");
}

TEST_CASE("pop_many waits for one and takes what else is there") {
    queue<int> q(5);
    for (const int i : {1, 2, 3, 4, 5}) q.push(i);
    CHECK(q.pop_many(2) == std::vector<int>{1, 2});
    CHECK(q.pop_many(10) == std::vector<int>{3, 4, 5});
    CHECK(q.pop_many(0).empty());
    CHECK_THROWS_AS(q.pop_many(-1), std::invalid_argument);
    auto h = process::spawn([q]() mutable {
        std::this_thread::sleep_for(20ms);
        q.push(6);
    });
    CHECK(q.pop_many(3) == std::vector<int>{6});
}

// ---- many processes ----

TEST_CASE("many processes push and pop: each value comes once, whole, in its producer's order") {
    constexpr std::uint32_t producers = 3;
    constexpr std::uint32_t consumers = 2;
    constexpr std::uint32_t each = 2000;
    struct message {
        std::uint32_t producer;
        std::uint32_t sequence;
        std::uint64_t noise[3];
        std::uint64_t checksum;
    };
    const auto sum = [](const message& m) {
        std::uint64_t s = m.producer * 31 + m.sequence;
        for (const auto n : m.noise) s = s * 31 + n;
        return s;
    };
    queue<message> q(5);
    const process::shared_array<std::atomic<std::uint8_t>> seen(producers * each);
    std::vector<process::handle> writers;
    std::vector<process::handle> readers;
    for (std::uint32_t p = 0; p < producers; ++p) {
        writers.push_back(process::spawn([=]() mutable {
            for (std::uint32_t i = 0; i < each; ++i) {
                message m{p, i, {i, ~std::uint64_t{i}, i * 7}, 0};
                m.checksum = sum(m);
                q.push(m);
            }
        }));
    }
    for (std::uint32_t c = 0; c < consumers; ++c) {
        readers.push_back(process::spawn([=]() mutable {
            std::int64_t last[producers] = {-1, -1, -1};
            for (const message& m : q) {
                if (m.checksum != sum(m)) std::exit(2);
                if (m.sequence <= last[m.producer]) std::exit(3);
                last[m.producer] = m.sequence;
                ++seen[m.producer * each + m.sequence];
            }
        }));
    }
    for (auto& w : writers) CHECK(w.join().success());
    q.close();
    for (auto& r : readers) CHECK(r.join().code() == 0);
    bool once = true;
    for (const auto& times : seen) once = once && times == 1;
    CHECK(once);
}

TEST_CASE("threads of one process share its place, forked children take their own") {
    queue<int> q(100);
    {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([q]() mutable {
                for (int i = 0; i < 5; ++i) q.push(1);
            });
        }
        for (auto& t : threads) t.join();
    }
    for (int c = 0; c < 5; ++c) {
        process::spawn([q]() mutable {
            process::spawn([q]() mutable { q.push(1); }).join();
        }).join();
    }
    CHECK(q.size() == 25);
}

TEST_CASE("more processes may use a queue, one after another, than it has places") {
    queue<int> q(1);
    const auto child = support::run_in_child([&] {
        for (int i = 0; i < 1100; ++i) {
            const pid_t id = ::fork();
            if (id == 0) {
                q.push(i);
                ::_exit(q.pop() == i ? 0 : 1);
            }
            int status = 0;
            ::waitpid(id, &status, 0);
            support::demand(status == 0, "a place was free");
        }
    });
    CHECK(child.trouble() == "");
}

// ---- stopping, dying ----

TEST_CASE("waiting for room and for a value are stop points") {
    queue<int> empty(1);
    queue<int> full(1);
    full.push(1);
    auto pops = process::spawn([empty](const std::stop_token&) mutable { empty.pop(); });
    auto pushes = process::spawn([full](const std::stop_token&) mutable { full.push(2); });
    auto timed = process::spawn(
        [empty](const std::stop_token&) mutable { static_cast<void>(empty.pop_for(1h)); });
    auto loops = process::spawn([empty](const std::stop_token&) mutable {
        for ([[maybe_unused]] const int value : empty) {
        }
    });
    std::this_thread::sleep_for(20ms);
    for (auto* h : {&pops, &pushes, &timed, &loops}) {
        h->request_stop();
        CHECK(h->join().signal() == SIGTERM);
    }
    CHECK(full.size() == 1);
    std::atomic<bool> stopped{false};
    auto t = thread::spawn([&](const std::stop_token&) {
        try {
            empty.pop();
        } catch (const braid::stopped&) {
            stopped = true;
        }
    });
    t.request_stop();
    t.join();
    CHECK(stopped);
}

TEST_CASE("what need not wait is done, even by one that was asked to stop") {
    queue<int> q(2);
    std::atomic<int> sum{0};
    auto t = thread::spawn([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        q.push(1);
        q.push(2);
        sum += q.pop();
        sum += q.try_pop().value_or(0);
        if (!q.try_pop()) sum += 10;
    });
    t.request_stop();
    t.join();
    CHECK(sum == 13);
}

TEST_CASE("who waits finds the dead: a value that was being written is passed over") {
    // Killed at some instruction of pushing and popping, again and again: nobody hangs.
    queue<int> q(2);
    for (int round = 0; round < 20; ++round) {
        auto h = process::spawn([q]() mutable {
            for (;;) {
                q.push(1);
                static_cast<void>(q.pop());
            }
        });
        std::this_thread::sleep_for(std::chrono::microseconds(500 + 137 * round));
        h.kill();
        CHECK(h.join().signal() == SIGKILL);
        while (q.pop_for(60ms)) {
        }
        for (int lap = 0; lap < 3; ++lap) {
            REQUIRE(q.push_for(1, 10s));
            REQUIRE(q.push_for(2, 10s));
            REQUIRE(q.pop_for(10s) == 1);
            REQUIRE(q.pop_for(10s) == 2);
        }
    }
}
