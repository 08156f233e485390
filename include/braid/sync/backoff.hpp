// SPDX-License-Identifier: MIT
#pragma once

// sync/backoff — how long to hope before sleeping, measured in time.
//
// A pause instruction takes 5 ns on one processor and 50 on another, so counting them means ten
// times too little or too much. A sleep and its wake-up cost 5 to 50 µs; whoever expects his turn
// within 2 µs does better to stay awake.

#include <braid/core/atomic.hpp>

#include <algorithm>
#include <chrono>

namespace braid::inline v1::detail::sync {

/// The time that a waiter may burn before it sleeps.
inline constexpr std::chrono::nanoseconds spin_limit{2'000};

/// Pauses that double from 200 ns on until `spin_limit` is used up. Looking seldom leaves the cache
/// line to its owner: that, and not the waiting, is what makes a contended lock fast. In 200 ns an
/// owner locks and unlocks 20 times; one exchange of the line costs as much as ten of these.
class backoff {
public:
    /// Pauses once; false, without a pause, when the time is used up: then sleep.
    /// Blocks: never.
    [[nodiscard]] bool pause() noexcept;

private:
    std::chrono::nanoseconds next_{200};
    std::chrono::nanoseconds left_ = spin_limit;
};

// ---- implementation ----

inline bool backoff::pause() noexcept {
    if (seam::is_model || left_ <= std::chrono::nanoseconds::zero()) return false;
    const auto start = core::now();
    const auto end = start + std::min(next_, left_);
    auto now = start;
    do {
        core::relax();
        now = core::now();
    } while (now < end);
    left_ -= now - start; // what the pause took, if the thread lost the processor meanwhile
    next_ *= 2;
    return true;
}

} // namespace braid::inline v1::detail::sync
