// SPDX-License-Identifier: MIT
#pragma once

// os/futex — sleeping on a 32-bit word: the one way in which threads sleep and wake here.
//
// A word may be woken without reason (a futex of a destroyed object at the same address, a signal
// handler), so every caller looks again and sleeps in a loop. The address may be gone when
// `futex_wake` runs: the kernel only compares it.
// Source: futex(2), FUTEX_WAIT_BITSET for absolute time on CLOCK_MONOTONIC.

#include <braid/core/assert.hpp>
#include <braid/core/atomic.hpp>
#include <braid/core/config.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/time_spec.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

using futex_word = core::atomic<std::uint32_t>;

/// Who sleeps on the word: threads of this process alone, or of any process that maps the same
/// memory. The kernel finds a private word by its address and a shared one by its page, so both
/// sides must say the same.
enum class futex_scope : int { in_process = FUTEX_PRIVATE_FLAG, shared = 0 };

/// Why a wait ended: `woken` also without reason; `changed`: the word did not hold the value,
/// nobody slept.
enum class futex_result { woken, changed, timed_out };

/// Sleeps while `*word == expected`, until woken or until the deadline.
[[nodiscard]] futex_result futex_wait(const futex_word& word, std::uint32_t expected,
                                      core::deadline until, futex_scope scope) noexcept;

/// Wakes up to `count` sleepers, those that came first; says how many.
int futex_wake(const futex_word& word, int count, futex_scope scope) noexcept;

inline constexpr int wake_all = INT_MAX;

// ---- implementation ----

#ifdef BRAID_SEAM

inline futex_result futex_wait(const futex_word& word, std::uint32_t expected, core::deadline until,
                               futex_scope) noexcept {
    switch (seam::futex_wait(&word, expected, !until.is_never())) {
    case seam::futex_outcome::woken:
        return futex_result::woken;
    case seam::futex_outcome::changed:
        return futex_result::changed;
    case seam::futex_outcome::timed_out:
        break;
    }
    return futex_result::timed_out;
}

inline int futex_wake(const futex_word& word, int count, futex_scope) noexcept {
    return seam::futex_wake(&word, count);
}

#else

static_assert(sizeof(futex_word) == 4 && futex_word::is_always_lock_free,
              "a futex is a plain 32-bit word in memory");

// ThreadSanitizer runs signal handlers in the calls that it knows, and the one below is none: so no
// sleep is long there, and each ends in a call that is known.
inline core::deadline end_of_sleep(core::deadline until) noexcept {
    if constexpr (!core::thread_sanitizer) return until;
    return std::min(until, core::deadline::after(std::chrono::milliseconds(20)));
}

inline void run_handlers() noexcept {
    if constexpr (core::thread_sanitizer) ::usleep(0);
}

inline futex_result futex_wait(const futex_word& word, std::uint32_t expected, core::deadline until,
                               futex_scope scope) noexcept {
    const core::deadline end = end_of_sleep(until);
    const timespec time = to_timespec(end.since_epoch());
    const auto operation = FUTEX_WAIT_BITSET | static_cast<int>(scope);
    const long result =
        ::syscall(SYS_futex, &word, operation, expected, end.is_never() ? nullptr : &time, nullptr,
                  FUTEX_BITSET_MATCH_ANY);
    const int why = result == 0 ? 0 : errno;
    run_handlers();
    if (why == 0 || why == EINTR) return futex_result::woken;
    if (why == EAGAIN) return futex_result::changed;
    if (why == ETIMEDOUT) return end == until ? futex_result::timed_out : futex_result::woken;
    core::fail("futex wait refused: the word is not mapped, or is not writable memory");
}

inline int futex_wake(const futex_word& word, int count, futex_scope scope) noexcept {
    const long woken = ::syscall(SYS_futex, &word, FUTEX_WAKE | static_cast<int>(scope), count,
                                 nullptr, nullptr, 0);
    return woken < 0 ? 0
                     : static_cast<int>(
                           woken); // a shared word may be unmapped by now: nobody sleeps there
}

#endif

} // namespace braid::inline v1::detail::os
