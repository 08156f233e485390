// SPDX-License-Identifier: MIT

#include <braid/core/time_limit.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

using braid::time_limit;
using namespace std::chrono_literals;

static_assert(std::is_trivially_destructible_v<time_limit>);
static_assert(std::is_trivially_copyable_v<time_limit>);
static_assert(time_limit().is_forever());
static_assert(time_limit(2s).nanoseconds() == 2s);

namespace {

template <class Rep, class Period = std::ratio<1>>
std::chrono::nanoseconds limit_of(std::chrono::duration<Rep, Period> d) {
    return time_limit(d).nanoseconds();
}

template <class T> using seconds_of = std::chrono::duration<T>;

} // namespace

TEST_CASE("a time limit is forever unless told otherwise") {
    const time_limit none;
    CHECK(none.is_forever());
    CHECK(none == time_limit::forever());
    CHECK(none.nanoseconds() == std::chrono::nanoseconds::max());
}

TEST_CASE("a time limit keeps what nanoseconds can hold") {
    CHECK(limit_of(0s) == 0ns);
    CHECK(limit_of(1ns) == 1ns);
    CHECK(limit_of(1500us) == 1'500'000ns);
    CHECK(limit_of(24h) == 24h);
    CHECK(limit_of(std::chrono::nanoseconds::max() - 1ns) == std::chrono::nanoseconds::max() - 1ns);
    CHECK(limit_of(seconds_of<double>(0.25)) == 250ms);
    CHECK(limit_of(std::chrono::duration<float, std::milli>(1.5F)) == 1500us);
    CHECK(limit_of(std::chrono::duration<std::uint8_t>(255)) == 255s);
    CHECK_FALSE(time_limit(24h).is_forever());
}

TEST_CASE("a duration beyond 292 years is forever") {
    CHECK(time_limit(std::chrono::hours::max()).is_forever());
    CHECK(time_limit(std::chrono::seconds::max()).is_forever());
    CHECK(time_limit(std::chrono::nanoseconds::max()).is_forever());
    CHECK(time_limit(std::chrono::years(300)).is_forever());
    CHECK_FALSE(time_limit(std::chrono::years(290)).is_forever());
    CHECK(time_limit(seconds_of<std::uint64_t>::max()).is_forever());
    CHECK(time_limit(seconds_of<double>::max()).is_forever());
    CHECK(time_limit(seconds_of<long double>::max()).is_forever());
    CHECK(time_limit(seconds_of<double>(std::numeric_limits<double>::infinity())).is_forever());
    CHECK(time_limit(seconds_of<double>(0x1p63 / 1e9)).is_forever());
    CHECK(time_limit(std::chrono::duration<int, std::exa>(1)).is_forever());
}

TEST_CASE("a negative duration and NaN are no time") {
    CHECK(limit_of(-1ns) == 0ns);
    CHECK(limit_of(std::chrono::hours::min()) == 0ns);
    CHECK(limit_of(seconds_of<double>(-1e300)) == 0ns);
    CHECK(limit_of(seconds_of<double>(-std::numeric_limits<double>::infinity())) == 0ns);
    CHECK(limit_of(seconds_of<double>(std::numeric_limits<double>::quiet_NaN())) == 0ns);
    CHECK(limit_of(std::chrono::duration<int, std::exa>(-1)) == 0ns);
}

TEST_CASE("a time limit is never shorter than the duration") {
    CHECK(limit_of(std::chrono::duration<int, std::pico>(1)) == 1ns);
    CHECK(limit_of(std::chrono::duration<int, std::pico>(1000)) == 1ns);
    CHECK(limit_of(std::chrono::duration<std::int64_t, std::atto>::max()) == 9223372037ns);
    CHECK(limit_of(seconds_of<double>(1.2e-10)) == 1ns);
}

TEST_CASE("odd periods are exact") {
    using frames = std::chrono::duration<int, std::ratio<1001, 30000>>;
    CHECK(limit_of(frames(30)) == 1001ms);
    CHECK(limit_of(frames(1)) == 33'366'667ns);
    CHECK(limit_of(std::chrono::duration<std::int64_t, std::ratio<1001, 30000>>::max()) ==
          std::chrono::nanoseconds::max());
}

TEST_CASE("time limits are ordered by length") {
    CHECK(time_limit(1s) < time_limit(2s));
    CHECK(time_limit(290 * std::chrono::years(1)) < time_limit());
    CHECK(time_limit(1000ms) == time_limit(1s));
}
