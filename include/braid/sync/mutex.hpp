// SPDX-License-Identifier: MIT
#pragma once

// sync/mutex — a lock of one 32-bit word, for threads or, with shared_scope, for processes.
//
//   bit      meaning                                           set by             cleared by
//   -------  ------------------------------------------------  -----------------  ----------------
//   locked   somebody owns the lock                            lock               unlock
//   parked   somebody may sleep on the word                    who goes to sleep  who wakes one
//   waking   one was woken and has not arrived: no need to     unlock             the woken one
//            wake another
//   hungry   a sleeper was passed over for a millisecond       that sleeper       unlock, granting
//   granted  the lock (locked stays set) is for one who slept  unlock             who takes it
//
// Waiting is unfair at first, because that is fast: whoever runs may overtake those who sleep, and
// while one woken thread is on its way nobody else is woken. It is fair at last: who was passed
// over for a millisecond is handed the lock.
//
// Invariants:  I1  a thread sleeps only on a word with `locked` and `parked`.
//              I2  if somebody sleeps, then `parked` is set, or a woken thread is on its way that
//                  will set it: when it takes the lock, sleeps again, or gives up.
//              I3  whoever releases a word with `parked` and without `waking` clears `parked`, sets
//                  `waking` and wakes one.
//              I4  a wake-up that reached nobody is undone by who made it: who slept or unlocked
//                  meanwhile relied on it.
//              I5  only one who slept takes a grant; a grant that reached nobody is taken back and
//                  released.
// Order:       what an owner did before unlock() is visible to the next owner; nothing else is
//              published.
// Tolerable:   `parked`, `waking` and `hungry` may be set without need: a wake-up of nobody.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/futex.hpp>
#include <braid/sync/backoff.hpp>
#include <braid/sync/scope.hpp>

#include <chrono>
#include <cstdint>

namespace braid::inline v1::detail::sync {

/// Mutual exclusion. Meets the standard's Lockable and TimedLockable, so that std::scoped_lock,
/// std::unique_lock and std::condition_variable_any work with it.
/// Requires: unlock() by the owner; not locked again by its owner; not destroyed while owned.
/// Blocks: lock() and the timed forms spin for at most 2 µs, then sleep.
/// Fair: eventually; a waiter that was overtaken for 1 ms is handed the lock.
/// Dies: an owner that dies keeps it locked. Between processes take one that survives its owner.
/// Cost: 4 bytes; one compare-and-swap each way and no system call when nobody else wants it.
template <wait_scope Scope> class basic_mutex {
public:
    constexpr basic_mutex() noexcept = default;
    basic_mutex(const basic_mutex&) = delete;
    basic_mutex& operator=(const basic_mutex&) = delete;

    void lock() noexcept {
        std::uint32_t seen = 0;
        if (!take_free(seen)) static_cast<void>(lock_slow(seen, core::deadline::never()));
    }

    /// Blocks: never.
    [[nodiscard]] bool try_lock() noexcept;

    [[nodiscard]] bool lock_for(time_limit limit) noexcept {
        std::uint32_t seen = 0;
        return take_free(seen) || lock_slow(seen, core::deadline::after(limit));
    }
    template <class Clock, class Duration>
    [[nodiscard]] bool lock_until(std::chrono::time_point<Clock, Duration> when) {
        return lock_until(core::deadline::at(when));
    }
    [[nodiscard]] bool lock_until(core::deadline until) noexcept {
        std::uint32_t seen = 0;
        return take_free(seen) || lock_slow(seen, until);
    }

    /// The standard's names for the timed forms.
    [[nodiscard]] bool try_lock_for(time_limit limit) noexcept { return lock_for(limit); }
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> when) {
        return lock_until(when);
    }

    void unlock() noexcept {
        std::uint32_t seen = state_.load(core::relaxed); // relaxed: the exchange looks again
        // sync: what the owner did (release)
        if ((seen & (parked | hungry)) != 0 ||
            !state_.compare_exchange_strong(seen, seen & ~locked, core::release, core::relaxed)) {
            unlock_slow(seen);
        }
    }

private:
    static constexpr std::uint32_t locked = 1;
    static constexpr std::uint32_t parked = 2;
    static constexpr std::uint32_t waking = 4;
    static constexpr std::uint32_t hungry = 8;
    static constexpr std::uint32_t granted = 16;

    /// How long a sleeper lets others pass.
    static constexpr std::chrono::milliseconds patience{1};

    /// Takes a word of 0; if it is another, `seen` tells which.
    [[nodiscard]] bool take_free(std::uint32_t& seen) noexcept {
        // sync: what the owner did (acquire)
        return state_.compare_exchange_strong(seen, locked, core::acquire, core::relaxed);
    }

    [[gnu::cold, gnu::noinline]] bool lock_slow(std::uint32_t seen, core::deadline until) noexcept;
    [[gnu::cold, gnu::noinline]] void unlock_slow(std::uint32_t seen) noexcept;
    [[nodiscard]] bool spin(std::uint32_t seen) noexcept;
    void wake_one(std::uint32_t seen) noexcept;

    os::futex_word state_{0};
};

// ---- implementation ----

template <wait_scope Scope> bool basic_mutex<Scope>::try_lock() noexcept {
    std::uint32_t seen = state_.load(core::relaxed); // relaxed: the exchange below looks again
    while ((seen & locked) == 0) {
        // sync: what the owner did (acquire)
        if (state_.compare_exchange_weak(seen, seen | locked, core::acquire, core::relaxed)) {
            return true;
        }
    }
    return false;
}

template <wait_scope Scope> bool basic_mutex<Scope>::spin(std::uint32_t seen) noexcept {
    // Free, but for others on their way: then the word was not 0, and that is all that stopped us.
    if ((seen & locked) == 0 && try_lock()) return true;
    for (backoff hope; hope.pause();) {
        if (try_lock()) return true;
    }
    return false;
}

template <wait_scope Scope>
bool basic_mutex<Scope>::lock_slow(std::uint32_t seen, core::deadline until) noexcept {
    if (spin(seen)) return true;
    const auto since = core::now();
    auto last = os::futex_result::changed; // how the last sleep ended; `changed`: did not sleep
    seen = state_.load(core::relaxed);     // relaxed: each exchange below looks again
    for (;;) {
        // What a woken thread owes, whichever way it goes on (I2).
        const bool woken = last == os::futex_result::woken;
        const std::uint32_t owed = woken ? parked : 0;
        const std::uint32_t arrived = woken ? waking : 0;
        const bool may_take_grant = last != os::futex_result::changed;
        if ((seen & locked) == 0 || ((seen & granted) != 0 && may_take_grant)) {
            const std::uint32_t next = (seen | locked | owed) & ~(arrived | granted);
            // sync: what the owner did (acquire)
            if (state_.compare_exchange_weak(seen, next, core::acquire, core::relaxed)) return true;
            continue;
        }
        if (last == os::futex_result::timed_out || until.has_passed()) {
            if (!woken) return false;
            // relaxed: only bookkeeping; the lock itself was not taken
            if (state_.compare_exchange_weak(seen, (seen | owed) & ~arrived, core::relaxed)) {
                return false;
            }
            continue;
        }
        const bool starved = last != os::futex_result::changed && core::now() - since > patience;
        const std::uint32_t next = (seen | parked | (starved ? hungry : 0)) & ~arrived;
        // relaxed: only bookkeeping; the lock itself was not taken
        if (next != seen && !state_.compare_exchange_weak(seen, next, core::relaxed)) continue;
        last = os::futex_wait(state_, next, until, Scope::futex);
        seen = state_.load(core::relaxed); // relaxed: each exchange above looks again
    }
}

template <wait_scope Scope> void basic_mutex<Scope>::unlock_slow(std::uint32_t seen) noexcept {
    for (bool granted_to_nobody = false;;) {
        // I5: one who gave up may have taken the grant at the last moment. Then it is his lock.
        if (granted_to_nobody && (seen & granted) == 0) return;
        std::uint32_t next = seen & ~(locked | granted);
        const bool grants = (seen & hungry) != 0;
        const bool wakes = grants || ((seen & parked) != 0 && (seen & waking) == 0);
        if (grants) {
            next = (seen | granted) & ~(hungry | parked);
        } else if (wakes) {
            next = (next | waking) & ~parked;
        }
        // sync: what the owner did (release)
        if (!state_.compare_exchange_weak(seen, next, core::release, core::relaxed)) continue;
        if (!wakes || os::futex_wake(state_, 1, Scope::futex) != 0) return;
        if (!grants) return wake_one(next);
        granted_to_nobody = true;
        seen = state_.load(core::relaxed); // relaxed: the exchange above looks again
    }
}

/// I4: the wake-up reached nobody, so that `waking` is a promise that nobody keeps.
template <wait_scope Scope> void basic_mutex<Scope>::wake_one(std::uint32_t seen) noexcept {
    for (;;) {
        const bool relied_on = (seen & parked) != 0 && (seen & locked) == 0;
        const std::uint32_t next = seen & ~(relied_on ? parked : waking);
        // relaxed: the unlock that relied on us has released already
        if (!state_.compare_exchange_weak(seen, next, core::relaxed)) continue;
        if (!relied_on || os::futex_wake(state_, 1, Scope::futex) != 0) return;
        seen = state_.load(core::relaxed); // relaxed: the exchange above looks again
    }
}

} // namespace braid::inline v1::detail::sync
