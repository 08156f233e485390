// SPDX-License-Identifier: MIT

#include <braid/os/time_spec.hpp>

#include <support/catch.hpp>

#include <chrono>

using braid::detail::os::to_timespec;
using namespace std::chrono_literals;

static_assert(to_timespec(1s).tv_sec == 1 && to_timespec(1s).tv_nsec == 0);

TEST_CASE("a time is split into seconds and nanoseconds") {
    const auto is = [](std::chrono::nanoseconds time, time_t seconds, long nanoseconds) {
        const timespec split = to_timespec(time);
        return split.tv_sec == seconds && split.tv_nsec == nanoseconds;
    };
    CHECK(is(0ns, 0, 0));
    CHECK(is(1ns, 0, 1));
    CHECK(is(999'999'999ns, 0, 999'999'999));
    CHECK(is(1'000'000'000ns, 1, 0));
    CHECK(is(1h + 5ns, 3600, 5));
    CHECK(is(std::chrono::nanoseconds::max(), 9'223'372'036, 854'775'807));
}
