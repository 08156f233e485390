// SPDX-License-Identifier: MIT

#include <braid/core/deadline.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

using braid::detail::core::deadline;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using std::chrono::system_clock;

static_assert(std::is_trivially_copyable_v<deadline>);
static_assert(deadline::never().is_never() && !deadline::passed().is_never());
static_assert(deadline::passed() < deadline::never());
static_assert(deadline::passed().since_epoch() == 0ns);
static_assert(deadline::never().since_epoch() == std::chrono::nanoseconds::max());

namespace {

/// A clock of the user's. `At` is what it shows when the steady clock shows 0.
template <class Rep, class Period, std::int64_t At> struct user_clock {
    using rep = Rep;
    using period = Period;
    using duration = std::chrono::duration<Rep, Period>;
    using time_point = std::chrono::time_point<user_clock>;
    static constexpr bool is_steady = false;

    static time_point now() {
        const auto ahead = std::chrono::duration_cast<std::chrono::duration<long double, Period>>(
            steady_clock::now().time_since_epoch());
        return time_point(duration(static_cast<Rep>(static_cast<long double>(At) + ahead.count())));
    }
};

using seconds_in_float = user_clock<float, std::ratio<1>, 0>;
using seconds_in_double = user_clock<double, std::ratio<1>, 1000>;
using clock_of_days = user_clock<int, std::ratio<86'400>, 0>;
using small_seconds = user_clock<std::int64_t, std::ratio<1>, -4'000'000'000>; // 127 years to go
using since_1601 = user_clock<std::int64_t, std::ratio<1, 10'000'000>, 134'000'000'000'000'000>;

/// Whether `d` is `expected` from now, within the time that a busy machine may take.
bool is_ahead(deadline d, std::chrono::nanoseconds expected) {
    const auto left = d.remaining();
    return left <= expected + 10s && left > expected - 10s;
}

template <class T> constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T> constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

} // namespace

TEST_CASE("never does not pass and leaves all the time there is") {
    const auto d = deadline::never();
    CHECK(d.is_never());
    CHECK_FALSE(d.has_passed());
    CHECK(d.remaining() == std::chrono::nanoseconds::max());
}

TEST_CASE("a passed deadline leaves nothing") {
    const auto d = deadline::passed();
    CHECK_FALSE(d.is_never());
    CHECK(d.has_passed());
    CHECK(d.remaining() == 0ns);
    CHECK(d.since_epoch() == 0ns);
}

TEST_CASE("a deadline comes after its limit, on the steady clock") {
    const auto before = steady_clock::now().time_since_epoch();
    const auto d = deadline::after(1h);
    const auto after = steady_clock::now().time_since_epoch();
    CHECK_FALSE(d.is_never());
    CHECK_FALSE(d.has_passed());
    CHECK(d.since_epoch() >= before + 1h);
    CHECK(d.since_epoch() <= after + 1h);
    CHECK(is_ahead(d, 1h));
    const auto soon = deadline::after(1ms);
    while (!soon.has_passed()) {
    }
    CHECK(soon.remaining() == 0ns);
}

TEST_CASE("a deadline comes never after a limit of any kind beyond 292 years") {
    CHECK(deadline::after({}).is_never());
    CHECK(deadline::after(std::chrono::nanoseconds::max()).is_never());
    CHECK(deadline::after(std::chrono::nanoseconds::max() - 1ns).is_never());
    CHECK(deadline::after(std::chrono::milliseconds::max()).is_never());
    CHECK(deadline::after(std::chrono::hours::max()).is_never());
    CHECK(deadline::after(std::chrono::years(300)).is_never());
    CHECK(deadline::after(std::chrono::duration<double>::max()).is_never());
    CHECK(deadline::after(std::chrono::duration<float>(infinity<float>)).is_never());
    CHECK_FALSE(deadline::after(std::chrono::years(100)).is_never());
    CHECK(is_ahead(deadline::after(std::chrono::years(100)), std::chrono::years(100)));
}

TEST_CASE("a deadline has passed after a limit that is zero, negative or not a number") {
    CHECK(deadline::after(0s) == deadline::passed());
    CHECK(deadline::after(-1ns) == deadline::passed());
    CHECK(deadline::after(std::chrono::nanoseconds::min()) == deadline::passed());
    CHECK(deadline::after(std::chrono::hours::min()) == deadline::passed());
    CHECK(deadline::after(std::chrono::duration<double>::min()) == deadline::passed());
    CHECK(deadline::after(std::chrono::duration<double>(-infinity<double>)).has_passed());
    CHECK(deadline::after(std::chrono::duration<double>(not_a_number<double>)).has_passed());
}

TEST_CASE("a time point of the steady clock is a deadline") {
    const auto when = steady_clock::now() + 1h;
    const auto d = deadline::at(when);
    CHECK(d.since_epoch() >= when.time_since_epoch()); // never too early
    CHECK(is_ahead(d, 1h));
    CHECK(deadline::at(steady_clock::now()).has_passed());
    CHECK(deadline::at(steady_clock::now() - 1h).has_passed());
    CHECK(deadline::at(steady_clock::time_point()).has_passed());
    CHECK(is_ahead(deadline::at(time_point_cast<std::chrono::milliseconds>(when)), 1h));
}

TEST_CASE("the ends of a clock's time are never and passed, without overflow") {
    CHECK(deadline::at(steady_clock::time_point::max()).is_never());
    CHECK(deadline::at(steady_clock::time_point::min()).has_passed());
    CHECK(deadline::at(system_clock::time_point::max()).is_never());
    CHECK(deadline::at(system_clock::time_point::min()).has_passed());
    CHECK(deadline::at(std::chrono::sys_seconds::max()).is_never());
    CHECK(deadline::at(std::chrono::sys_seconds::min()).has_passed());
    CHECK(deadline::at(std::chrono::sys_days::max()).is_never());
    CHECK(deadline::at(std::chrono::sys_days::min()).has_passed());
    CHECK(deadline::at(seconds_in_float::time_point::max()).is_never());
    CHECK(deadline::at(seconds_in_float::time_point::min()).has_passed());
    CHECK(deadline::at(clock_of_days::time_point::max()).is_never());
    CHECK(deadline::at(clock_of_days::time_point::min()).has_passed());
    CHECK(deadline::at(small_seconds::time_point::max()).is_never());
    CHECK(deadline::at(small_seconds::time_point::min()).has_passed());
    CHECK(deadline::at(since_1601::time_point::max()).is_never());
    CHECK(deadline::at(since_1601::time_point::min()).has_passed());
}

TEST_CASE("a time point of the system clock is a deadline, in any unit") {
    CHECK(is_ahead(deadline::at(system_clock::now() + 1h), 1h));
    CHECK(is_ahead(deadline::at(time_point_cast<std::chrono::seconds>(system_clock::now()) + 1h),
                   1h));
    CHECK(is_ahead(deadline::at(system_clock::now() + std::chrono::years(200)),
                   std::chrono::years(200)));
    CHECK(deadline::at(system_clock::now() - 1h).has_passed());
    CHECK(deadline::at(system_clock::time_point(-24h)).has_passed()); // in 1969
    CHECK(deadline::at(system_clock::now()).has_passed());
}

TEST_CASE("a time point of a clock that counts in floating point is a deadline") {
    using seconds = seconds_in_double::duration;
    CHECK(is_ahead(deadline::at(seconds_in_double::now() + seconds(3600)), 1h));
    CHECK(deadline::at(seconds_in_double::now() - seconds(1)).has_passed());
    CHECK(is_ahead(deadline::at(seconds_in_float::now() + 24h), 24h));
    using point = seconds_in_double::time_point;
    CHECK(deadline::at(point(seconds(infinity<double>))).is_never());
    CHECK(deadline::at(point(seconds(-infinity<double>))).has_passed());
    CHECK(deadline::at(point(seconds(not_a_number<double>))).has_passed());
    CHECK(deadline::at(point(seconds(1e300))).is_never());
}

TEST_CASE("a time point of a clock that counts days is a deadline") {
    using days = clock_of_days::duration;
    CHECK(is_ahead(deadline::at(clock_of_days::now() + days(2)), 48h));
    CHECK(deadline::at(clock_of_days::now()).has_passed());
    CHECK(deadline::at(clock_of_days::now() - days(1)).has_passed());
}

TEST_CASE("a clock whose epoch is still to come gives deadlines") {
    CHECK(is_ahead(deadline::at(std::chrono::file_clock::now() + 1h), 1h)); // libstdc++: in 2174
    CHECK(deadline::at(std::chrono::file_clock::now() - 1h).has_passed());
    CHECK(is_ahead(deadline::at(small_seconds::now() + 1h), 1h));
    CHECK(deadline::at(small_seconds::now() - 1h).has_passed());
    CHECK(is_ahead(deadline::at(small_seconds::time_point() - 24h),
                   -small_seconds::now().time_since_epoch() - 24h));
}

TEST_CASE("a clock whose epoch was more than 292 years ago gives deadlines") {
    CHECK(is_ahead(deadline::at(since_1601::now() + 1h), 1h));
    CHECK(deadline::at(since_1601::now() - 1h).has_passed());
    CHECK_FALSE(deadline::at(since_1601::now() + 1h).is_never());
}

TEST_CASE("a clock with few bits comes to its end without being never") {
    using short_clock = user_clock<std::int16_t, std::ratio<3600>, 32'000>;
    using hours = short_clock::duration;
    if (short_clock::now() < short_clock::time_point(hours(32'700))) {
        CHECK_FALSE(deadline::at(short_clock::time_point::max()).is_never());
    }
}

TEST_CASE("deadlines are ordered by time, never last") {
    const auto soon = deadline::after(1h);
    const auto later = deadline::after(2h);
    CHECK(deadline::passed() < soon);
    CHECK(soon < later);
    CHECK(later < deadline::never());
    CHECK(soon == soon);
    CHECK(deadline::never() == deadline::never());
}
