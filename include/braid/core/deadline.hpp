// SPDX-License-Identifier: MIT
#pragma once

// core/deadline — one type for "until when": a point on the steady clock, or never. Every timed
// form of every operation turns what the user gave into one of these at once and passes it down, so
// that no wait restarts its time.

#include <braid/core/atomic.hpp>
#include <braid/core/time_limit.hpp>

#include <algorithm>
#include <chrono>
#include <compare>
#include <limits>

namespace braid::inline v1::detail::core {

/// A point in time on CLOCK_MONOTONIC (libstdc++'s and libc++'s steady_clock), or never. Durations
/// and time points of any kind saturate: what lies beyond 292 years is never, what is negative or
/// not a number has passed.
class deadline {
public:
    using clock = std::chrono::steady_clock;
    using nanoseconds = std::chrono::nanoseconds;

    /// No limit.
    [[nodiscard]] static constexpr deadline never() noexcept { return deadline(never_value); }

    /// A time that has passed: the operation tries once.
    [[nodiscard]] static constexpr deadline passed() noexcept {
        return deadline(nanoseconds::min());
    }

    /// `limit` from now.
    [[nodiscard]] static deadline after(time_limit limit) noexcept;

    /// A time point of any clock, turned into the steady clock now: a clock that is set afterwards
    /// is not followed.
    template <class Clock, class Duration>
    [[nodiscard]] static deadline at(std::chrono::time_point<Clock, Duration> when);

    [[nodiscard]] constexpr bool is_never() const noexcept { return since_epoch_ == never_value; }
    [[nodiscard]] bool has_passed() const noexcept {
        return !is_never() && remaining() <= nanoseconds::zero();
    }

    /// What is left: never negative, nanoseconds::max() for never.
    [[nodiscard]] nanoseconds remaining() const noexcept;

    /// Nanoseconds since the steady clock's epoch, not below 0: what the kernel takes as absolute
    /// time.
    [[nodiscard]] constexpr nanoseconds since_epoch() const noexcept {
        return std::max(since_epoch_, nanoseconds::zero());
    }

    friend constexpr auto operator<=>(deadline, deadline) noexcept = default;

private:
    static constexpr nanoseconds never_value = nanoseconds::max();

    explicit constexpr deadline(nanoseconds since_epoch) noexcept : since_epoch_(since_epoch) {}

    nanoseconds since_epoch_;
};

// ---- implementation ----

inline deadline deadline::after(time_limit limit) noexcept {
    const nanoseconds left = limit.nanoseconds();
    if (left == nanoseconds::zero()) return passed();
    const nanoseconds today = now().time_since_epoch();
    return left >= never_value - today ? never() : deadline(today + left);
}

template <class Clock, class Duration>
deadline deadline::at(std::chrono::time_point<Clock, Duration> when) {
    // The last time point is never, even of a clock that comes within 292 years of it.
    const bool is_last = when == when.max();
    if (is_last && saturating_nanoseconds(when.time_since_epoch()) == never_value) return never();
    // In floating point the difference cannot overflow, wherever the clock has its epoch; 64 bits
    // of mantissa hold nanoseconds exactly for 584 years to both sides of it.
    using ticks = std::chrono::duration<long double, std::nano>;
    return after(ticks(when.time_since_epoch()) - ticks(Clock::now().time_since_epoch()));
}

inline deadline::nanoseconds deadline::remaining() const noexcept {
    if (is_never()) return never_value;
    const nanoseconds today = now().time_since_epoch();
    return since_epoch_ <= today ? nanoseconds::zero() : since_epoch_ - today;
}

} // namespace braid::inline v1::detail::core
