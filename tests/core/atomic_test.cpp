// SPDX-License-Identifier: MIT

#include <braid/core/atomic.hpp>

#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <type_traits>

namespace core = braid::detail::core;

static_assert(!braid::detail::seam::is_model);
static_assert(std::is_same_v<core::atomic<std::uint32_t>, std::atomic<std::uint32_t>>);
static_assert(core::relaxed == std::memory_order_relaxed);
static_assert(core::acquire == std::memory_order_acquire);
static_assert(core::release == std::memory_order_release);
static_assert(core::acq_rel == std::memory_order_acq_rel);
static_assert(core::seq_cst == std::memory_order_seq_cst);

TEST_CASE("the library's time is the steady clock's") {
    const auto before = std::chrono::steady_clock::now();
    const auto now = core::now();
    const auto after = std::chrono::steady_clock::now();
    CHECK(before <= now);
    CHECK(now <= after);
}

TEST_CASE("relax returns") {
    for (int i = 0; i < 100; ++i) core::relax();
    SUCCEED();
}

TEST_CASE("the fence orders each thread's store ahead of its load: one sees the other's store") {
    constexpr int rounds = 2000;
    core::atomic<int> x{0}, y{0}, arrived{0};
    const auto meet = [&](int round) {
        arrived.fetch_add(1, core::acq_rel);                  // sync: the words set to 0 (release)
        while (arrived.load(core::acquire) < 2 * (round + 1)) // sync: the same (acquire)
            std::this_thread::yield();
    };
    int blind = 0;
    int seen_by_first = 0;
    core::atomic<int> seen_by_second{0};
    const auto side = [&](core::atomic<int>& mine, core::atomic<int>& other) {
        mine.store(1, core::relaxed); // relaxed: the fence orders it
        core::store_load_fence();
        return other.load(core::relaxed); // relaxed: the fence orders it
    };
    std::thread second([&] {
        for (int round = 0; round < rounds; ++round) {
            meet(3 * round);
            seen_by_second.store(side(y, x), core::relaxed); // relaxed: read after the meeting
            meet(3 * round + 1);
            meet(3 * round + 2);
        }
    });
    for (int round = 0; round < rounds; ++round) {
        meet(3 * round);
        seen_by_first = side(x, y);
        meet(3 * round + 1);
        if (seen_by_first == 0 && seen_by_second.load(core::relaxed) == 0) // relaxed: as above
            ++blind;
        x.store(0, core::relaxed); // relaxed: seen after the meeting
        y.store(0, core::relaxed); // relaxed: seen after the meeting
        meet(3 * round + 2);
    }
    second.join();
    CHECK(blind == 0);
}
