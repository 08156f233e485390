// SPDX-License-Identifier: MIT

// stress/thread_test — threads and their lock by the thousand, in an order drawn from a seed.

#include <braid/thread/current.hpp>
#include <braid/thread/mutex.hpp>
#include <braid/thread/spawn.hpp>
#include <support/catch.hpp>
#include <support/seed.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace thread = braid::thread;

namespace {

/// What became of the threads.
struct tally {
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};

    /// Counts one thread, whichever way it ends.
    class visit {
    public:
        explicit visit(tally& to) : to_(to) { ++to_.begun; }
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;
        ~visit() { ++to_.ended; }

    private:
        tally& to_;
    };
};

thread::handle start_one(std::mt19937_64& random, tally& all) {
    const auto nap = std::chrono::microseconds(support::upto(random, 200));
    switch (support::upto(random, 3)) {
    case 0:
        return thread::spawn([&all] { const tally::visit here(all); });
    case 1:
        return thread::spawn({.name = "napping", .stack_size = 256 << 10}, [&all, nap] {
            const tally::visit here(all);
            thread::sleep_for(nap);
        });
    case 2:
        return thread::spawn([&all](const std::stop_token& token) {
            const tally::visit here(all);
            while (!token.stop_requested()) thread::yield();
        });
    default:
        return thread::spawn([&all](const std::stop_token&) {
            const tally::visit here(all);
            thread::sleep_for(1h);
        });
    }
}

void end_one(std::mt19937_64& random, thread::handle h) {
    switch (support::upto(random, 3)) {
    case 0:
        h.request_stop();
        h.join();
        h.join();
        break;
    case 1:
        if (!h.join_for(std::chrono::microseconds(support::upto(random, 100)))) h.request_stop();
        break;
    case 2: {
        std::thread other([&] {
            h.request_stop();
            h.join();
        });
        static_cast<void>(h.join_for(std::chrono::microseconds(support::upto(random, 100))));
        other.join();
        break;
    }
    default:
        h.request_stop(); // and its end waits
    }
}

} // namespace

TEST_CASE("two thousand threads are started, asked, joined and dropped in any order") {
    auto random = support::seeded("stress: threads");
    constexpr int total = 2'000;
    constexpr std::size_t at_once = 12;
    tally all;
    std::vector<thread::handle> running;
    for (int i = 0; i < total; ++i) {
        running.push_back(start_one(random, all));
        while (running.size() > at_once) {
            const auto which = static_cast<std::size_t>(
                support::upto(random, static_cast<int>(running.size()) - 1));
            std::swap(running[which], running.back());
            auto last = std::move(running.back());
            running.pop_back();
            end_one(random, std::move(last));
        }
    }
    for (auto& h : running) h.request_stop();
    running.clear();
    CHECK(all.begun == total);
    CHECK(all.ended == total);
}

TEST_CASE("a mutex guards its data in a storm of timed, untimed and tried locks") {
    auto random = support::seeded("stress: mutex");
    thread::mutex m;
    std::array<long, 8> guarded{};
    std::atomic<long> owned{0};
    std::atomic<int> torn{0};
    constexpr int threads = 6;
    constexpr int each = 4'000;
    const auto take = [&](std::mt19937_64& mine) {
        switch (support::upto(mine, 4)) {
        case 0:
            return m.try_lock();
        case 1:
            return m.lock_for(std::chrono::microseconds(support::upto(mine, 50)));
        case 2:
            return m.lock_until(std::chrono::system_clock::now() +
                                std::chrono::microseconds(support::upto(mine, 500)));
        default:
            m.lock();
            return true;
        }
    };
    {
        std::vector<thread::handle> working;
        for (int t = 0; t < threads; ++t) {
            working.push_back(thread::spawn([&, mine = std::mt19937_64(random())]() mutable {
                for (int i = 0; i < each; ++i) {
                    if (!take(mine)) continue;
                    const std::lock_guard hold(m, std::adopt_lock);
                    for (const long part : guarded) torn += part != guarded.front();
                    for (long& part : guarded) ++part;
                    ++owned;
                    if (support::upto(mine, 200) == 0) thread::sleep_for(100us);
                }
            }));
        }
    }
    CHECK(torn == 0);
    CHECK(guarded.front() == owned);
    CHECK(m.try_lock());
    m.unlock();
}
