// SPDX-License-Identifier: MIT
#pragma once

// sync/backoff — how long to hope before sleeping, measured in time.
//
// A pause instruction takes 5 ns on one processor and 50 on another, so counting them means ten
// times too little or too much. A sleep and its wake-up cost 5 to 50 µs; whoever expects his turn
// within 2 µs does better to stay awake.

#include <braid/core/atomic.hpp>

#include <chrono>

namespace braid::inline v1::detail::sync {

/// The time that a waiter may burn before it sleeps.
inline constexpr std::chrono::nanoseconds spin_limit{2'000};

/// Pauses that double from 50 ns on until `spin_limit` is used up. Looking seldom leaves the cache
/// line to its owner: that, and not the waiting, is what makes a contended lock fast.
class backoff {
public:
    /// Pauses once; false, without a pause, when the time is used up: then sleep.
    /// Blocks: never.
    [[nodiscard]] bool pause() noexcept {
        if (seam::is_model || next_ > spin_limit) return false;
        const auto end = core::now() + next_;
        do core::relax();
        while (core::now() < end);
        next_ *= 2;
        return true;
    }

private:
    std::chrono::nanoseconds next_{50};
};

} // namespace braid::inline v1::detail::sync
