// SPDX-License-Identifier: MIT

#include <braid/sync/backoff.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <chrono>

using namespace std::chrono_literals;
namespace core = braid::detail::core;
using braid::detail::sync::backoff;
using braid::detail::sync::spin_limit;

// A thread may lose the processor in any pause, which ends the hope early and makes what is
// measured longer: so each case takes the best of many.
constexpr int many = 1'000;

TEST_CASE("a backoff ends after some pauses, and stays ended") {
    int most = 0;
    for (int i = 0; i < many; ++i) {
        backoff hope;
        int pauses = 0;
        while (hope.pause()) ++pauses;
        most = std::max(most, pauses);
        REQUIRE(pauses >= 1);
        REQUIRE_FALSE(hope.pause());
    }
    CHECK(most >= 3);
    CHECK(most <= 16);
}

TEST_CASE("pauses double, so that the lock is looked at seldom") {
    auto first = std::chrono::nanoseconds::max();
    auto second = std::chrono::nanoseconds::max();
    for (int i = 0; i < many; ++i) {
        backoff hope;
        const auto begin = core::now();
        static_cast<void>(hope.pause());
        const auto middle = core::now();
        const bool again = hope.pause();
        const auto end = core::now();
        first = std::min<std::chrono::nanoseconds>(first, middle - begin);
        if (again) second = std::min<std::chrono::nanoseconds>(second, end - middle);
    }
    CHECK(first >= 200ns);
    CHECK(second >= 400ns);
}

TEST_CASE("all pauses together take the spin limit and no more") {
    auto shortest = std::chrono::nanoseconds::max();
    for (int i = 0; i < many; ++i) {
        const auto begin = core::now();
        backoff hope;
        while (hope.pause()) {
        }
        shortest = std::min<std::chrono::nanoseconds>(shortest, core::now() - begin);
    }
    CHECK(shortest >= spin_limit / 2);
    CHECK(shortest <= spin_limit + 700ns); // the last pause ends with a look at the clock
}

TEST_CASE("a backoff that ended costs no time") {
    auto shortest = std::chrono::nanoseconds::max();
    backoff hope;
    while (hope.pause()) {
    }
    for (int i = 0; i < many; ++i) {
        const auto begin = core::now();
        static_cast<void>(hope.pause());
        shortest = std::min<std::chrono::nanoseconds>(shortest, core::now() - begin);
    }
    CHECK(shortest < 500ns);
}
