// SPDX-License-Identifier: MIT
#pragma once

// sync/parker — where one thread sleeps until another lets it go.
//
//   state     meaning                   who leaves it
//   --------  ------------------------  --------------------------------------
//   empty     nobody sleeps, no permit  the owner's park(), anybody's unpark()
//   parked    the owner sleeps          unpark(), or the owner at its deadline
//   notified  a permit lies ready       the owner's park()
//
// Invariants:  I1  only the owner writes `empty` and `parked`; everybody may write `notified`.
//              I2  whoever replaces `parked` by `notified` wakes the owner.
// Order:       what happened before unpark() is visible after the park() that it ends. Several
//              unparks before one park are one permit; the park sees what each of them published,
//              because each is a read-modify-write on the word that the next one reads.
// Lifetime:    the owner may destroy the parker as soon as park() returned: unpark() touches the
//              word once and then only names its address to the kernel.
// Source:      Rust's std thread_parking/futex.rs.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/futex.hpp>
#include <braid/sync/scope.hpp>

#include <cstdint>

namespace braid::inline v1::detail::sync {

/// One permit for one thread, which owns the parker and alone calls the park functions.
template <wait_scope Scope> class parker {
public:
    /// Takes the permit.
    /// Blocks: until there is one.
    void park() noexcept { static_cast<void>(park_until(core::deadline::never())); }

    /// Takes the permit if it comes in time.
    /// Blocks: until the deadline at most.
    [[nodiscard]] bool park_until(core::deadline until) noexcept;

    /// Puts the permit there and wakes the owner.
    /// Blocks: never.
    void unpark() noexcept;

private:
    static constexpr std::uint32_t empty = 0;
    static constexpr std::uint32_t parked = 1;
    static constexpr std::uint32_t notified = 2;

    os::futex_word state_{empty};
};

// ---- implementation ----

template <wait_scope Scope> bool parker<Scope>::park_until(core::deadline until) noexcept {
    std::uint32_t seen = empty;
    // sync: what the unparker did (acquire): this may find the permit
    if (!state_.compare_exchange_strong(seen, parked, core::acquire, core::acquire)) {
        // Exchanged, not stored: an unpark that came in between is part of this permit, and must be
        // seen.
        state_.exchange(empty, core::acquire); // sync: what the unparker did (acquire)
        return true;
    }
    for (;;) {
        const auto ended = os::futex_wait(state_, parked, until, Scope::futex);
        if (ended == os::futex_result::timed_out) {
            // sync: what the unparker did (acquire): the permit may have come at the last moment
            return state_.exchange(empty, core::acquire) == notified;
        }
        seen = notified;
        // sync: what the unparker did (acquire)
        if (state_.compare_exchange_strong(seen, empty, core::acquire, core::relaxed)) return true;
    }
}

template <wait_scope Scope> void parker<Scope>::unpark() noexcept {
    // sync: what the unparker did (release)
    if (state_.exchange(notified, core::release) == parked) os::futex_wake(state_, 1, Scope::futex);
}

} // namespace braid::inline v1::detail::sync
