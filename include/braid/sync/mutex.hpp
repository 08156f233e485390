// SPDX-License-Identifier: MIT
#pragma once

// sync/mutex — a lock of one 32-bit word, for threads or, with shared_scope, for processes.
//
//   bit     meaning                                         set by                     cleared by
//   ------  ----------------------------------------------  -------------------------  ----------
//   locked  somebody owns the lock                          lock                       unlock
//   parked  somebody may sleep on the word                  who goes to sleep; a       unlock,
//                                                           woken one that goes on     waking one
//   hungry  a sleeper was passed over for a millisecond:    that sleeper               that sleeper
//           only who has slept may take the lock
//
// Waiting is unfair at first, because that is fast: whoever runs may overtake those who sleep, and
// while one woken thread is on its way nobody else is woken. It is fair at last: from a hungry word
// nobody takes the lock but those who have slept.
//
// Invariants:  I1  if somebody sleeps, then `parked` is set, or a woken thread is on its way that
//                  will set it: when it takes the lock, sleeps again, or gives up.
//              I2  whoever releases a word with `parked` clears it and wakes one.
//              I3  who set `hungry` clears it: when he takes the lock, or gives up. Should he die
//                  instead, it holds up those who come for a millisecond each.
//              I4  unlock() touches nothing after the release, but for the kernel's look at the
//                  address: the next owner may destroy the lock.
// Order:       what an owner did before unlock() is visible to the next owner; nothing else is
//              published.
// Tolerable:   `parked` may be set without need: that costs a wake-up of nobody.
// Source:      Drepper, Futexes Are Tricky (mutex2), and the hungry bit.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/futex.hpp>
#include <braid/sync/backoff.hpp>
#include <braid/sync/scope.hpp>

#include <algorithm>
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
    [[nodiscard]] bool try_lock() noexcept { return take_unless(locked); }

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
        if ((seen & parked) != 0 ||
            !state_.compare_exchange_strong(seen, seen & ~locked, core::release, core::relaxed)) {
            unlock_slow(seen);
        }
    }

private:
    static constexpr std::uint32_t locked = 1;
    static constexpr std::uint32_t parked = 2;
    static constexpr std::uint32_t hungry = 4;

    /// How long a sleeper lets others pass.
    static constexpr std::chrono::milliseconds patience{1};

    /// Takes a word of 0; if it is another, `seen` tells which.
    [[nodiscard]] bool take_free(std::uint32_t& seen) noexcept {
        // sync: what the owner did (acquire)
        return state_.compare_exchange_strong(seen, locked, core::acquire, core::relaxed);
    }

    [[gnu::cold, gnu::noinline]] bool lock_slow(std::uint32_t seen, core::deadline until) noexcept;
    [[gnu::cold, gnu::noinline]] void unlock_slow(std::uint32_t seen) noexcept;
    [[nodiscard]] bool take_unless(std::uint32_t forbidden) noexcept;

    os::futex_word state_{0};
};

// ---- implementation ----

/// Takes the lock unless the word has one of these bits.
template <wait_scope Scope> bool basic_mutex<Scope>::take_unless(std::uint32_t forbidden) noexcept {
    std::uint32_t seen = state_.load(core::relaxed); // relaxed: the exchange below looks again
    while ((seen & forbidden) == 0) {
        // sync: what the owner did (acquire)
        if (state_.compare_exchange_weak(seen, seen | locked, core::acquire, core::relaxed)) {
            return true;
        }
    }
    return false;
}

template <wait_scope Scope>
bool basic_mutex<Scope>::lock_slow(std::uint32_t seen, core::deadline until) noexcept {
    // Free, though the word is not 0: somebody sleeps. Else it is worth a little hope.
    if ((seen & (locked | hungry)) == 0 && take_unless(locked | hungry)) return true;
    for (backoff hope; hope.pause();) {
        if (take_unless(locked | hungry)) return true;
    }
    const auto since = core::now();
    bool slept = false;
    std::uint32_t owed = 0; // what a woken one sets, whichever way it goes on (I1)
    std::uint32_t mine = 0; // `hungry`, if it was set here (I3)
    bool late = until.has_passed();
    seen = state_.load(core::relaxed); // relaxed: each exchange below looks again
    for (;;) {
        const bool is_free = (seen & locked) == 0;
        if (is_free && (slept || (seen & hungry) == 0)) {
            // sync: what the owner did (acquire)
            if (state_.compare_exchange_weak(seen, (seen | locked | owed) & ~mine, core::acquire,
                                             core::relaxed)) {
                return true;
            }
            continue;
        }
        std::uint32_t next = (seen | owed) & ~mine;
        if (!late) {
            if (slept && core::now() - since > patience) mine = hungry;
            next = seen | parked | mine;
        }
        // relaxed: only bookkeeping; the lock itself was not taken
        if (next != seen && !state_.compare_exchange_weak(seen, next, core::relaxed)) continue;
        if (late) return false;
        // Free but reserved: who reserved it is on his way, or dead.
        const auto limit = is_free ? std::min(until, core::deadline::after(patience)) : until;
        const auto ended = os::futex_wait(state_, next, limit, Scope::futex);
        slept = slept || ended != os::futex_result::changed;
        owed = ended == os::futex_result::woken ? parked : 0;
        late = (ended == os::futex_result::timed_out && !is_free) || until.has_passed();
        seen = state_.load(core::relaxed); // relaxed: each exchange above looks again
    }
}

template <wait_scope Scope> void basic_mutex<Scope>::unlock_slow(std::uint32_t seen) noexcept {
    // sync: what the owner did (release)
    while (!state_.compare_exchange_weak(seen, seen & ~(locked | parked), core::release,
                                         core::relaxed)) {
    }
    if ((seen & parked) != 0) os::futex_wake(state_, 1, Scope::futex);
}

} // namespace braid::inline v1::detail::sync
