// SPDX-License-Identifier: MIT
#pragma once

// core/time_limit — how long to wait at most: any duration, without overflow, or forever.

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <numeric>

namespace braid::inline v1::detail::core {

/// `d` in nanoseconds, rounded up, with what does not fit cut to the nearest that does: 0 for
/// negative durations and NaN, nanoseconds::max() (292 years) for all from there to infinity.
template <class Rep, class Period> constexpr std::chrono::nanoseconds saturating_nanoseconds(
    std::chrono::duration<Rep, Period> d) noexcept;

} // namespace braid::inline v1::detail::core

namespace braid::inline v1 {

/// A limit in time: made from any std::chrono duration, forever by default. A negative duration
/// or NaN is no time at all; one that int64_t nanoseconds cannot hold is forever.
///
///     process::run({"sort", "-n"}, {.timeout = 2s});
class time_limit {
public:
    /// Forever.
    constexpr time_limit() noexcept = default;

    template <class Rep, class Period>
    constexpr time_limit(std::chrono::duration<Rep, Period> d) noexcept
        : limit_(detail::core::saturating_nanoseconds(d)) {}

    [[nodiscard]] static constexpr time_limit forever() noexcept { return {}; }

    [[nodiscard]] constexpr bool is_forever() const noexcept {
        return limit_ == std::chrono::nanoseconds::max();
    }

    /// The limit, never negative; nanoseconds::max() if it is forever.
    [[nodiscard]] constexpr std::chrono::nanoseconds nanoseconds() const noexcept { return limit_; }

    friend constexpr auto operator<=>(time_limit, time_limit) noexcept = default;

private:
    std::chrono::nanoseconds limit_ = std::chrono::nanoseconds::max();
};

// ---- implementation ----

namespace detail::core {

// One tick of Period is factor / divisor nanoseconds, in lowest terms.
template <class Period> struct tick {
    static constexpr std::int64_t giga = 1'000'000'000;
    static constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t common = std::gcd(giga, Period::den);
    static constexpr std::int64_t divisor = Period::den / common;
    static constexpr bool factor_fits = Period::num <= most / (giga / common);
    static constexpr std::int64_t factor = factor_fits ? Period::num * (giga / common) : most;
    // Whether integers do: false for periods of exaseconds and for odd fractions.
    static constexpr bool is_exact = factor_fits && divisor <= most / factor;
};

template <class Rep, class Period> constexpr std::chrono::nanoseconds saturating_nanoseconds(
    std::chrono::duration<Rep, Period> d) noexcept {
    using tick = core::tick<typename Period::type>;
    constexpr auto most = std::chrono::nanoseconds::max();
    if constexpr (std::integral<Rep> && tick::is_exact) {
        if (d.count() <= 0) return std::chrono::nanoseconds::zero();
        constexpr auto factor = static_cast<std::uint64_t>(tick::factor);
        constexpr auto divisor = static_cast<std::uint64_t>(tick::divisor);
        constexpr auto limit = static_cast<std::uint64_t>(tick::most);
        const auto count = static_cast<std::uint64_t>(d.count());
        const std::uint64_t whole = count / divisor;
        const std::uint64_t rest = (count % divisor * factor + divisor - 1) / divisor;
        if (whole > (limit - rest) / factor) return most;
        return std::chrono::nanoseconds(static_cast<std::int64_t>(whole * factor + rest));
    } else {
        using ticks = std::chrono::duration<long double, Period>;
        const long double n = std::chrono::duration_cast<ticks>(d).count() *
                              static_cast<long double>(Period::num) * 1e9L /
                              static_cast<long double>(Period::den);
        if (!(n > 0)) return std::chrono::nanoseconds::zero();
        if (!(n < 0x1p63L - 1)) return most;
        const auto whole = static_cast<std::int64_t>(n);
        return std::chrono::nanoseconds(static_cast<long double>(whole) < n ? whole + 1 : whole);
    }
}

} // namespace detail::core

} // namespace braid::inline v1
