// SPDX-License-Identifier: MIT
#pragma once

// core/atomic — the atomics seam: every atomic, every fence, every spin and every look at the clock
// of the floors above goes through the names below, so that a model checker can take their place.
//
// With BRAID_SEAM defined as a header's name, that header gives `braid::detail::seam` its contents
// instead (tests/model does so to run all interleavings of a lock). It must supply what stands
// below:
//
//   is_model                 true: nobody spins
//   atomic<T>                load, store, exchange, compare_exchange_*, fetch_*, with their orders
//   fence()                  a sequentially consistent fence
//   now(), relax()           steady_clock's time point; the body of a spin loop
//   futex_wait, futex_wake   for os/futex.hpp
//
// ThreadSanitizer does not model fences and GCC warns of each; a read-modify-write stands in there.

#include <braid/core/config.hpp>

#include <atomic>
#include <chrono>

#ifdef BRAID_SEAM
#include BRAID_SEAM
#else

namespace braid::inline v1::detail::seam {

inline constexpr bool is_model = false;

template <class T> using atomic = std::atomic<T>;

inline void fence() noexcept {
    if constexpr (core::thread_sanitizer) {
        static constinit std::atomic<int> stand_in{0};
        // seq_cst: stands in for the fence, whose callers name their pair
        stand_in.fetch_add(0, std::memory_order_seq_cst);
    } else {
        // seq_cst: callers name their store-buffering pair
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
}

inline std::chrono::steady_clock::time_point now() noexcept {
    return std::chrono::steady_clock::now();
}

#if defined(__x86_64__) || defined(__i386__)
inline void relax() noexcept { __builtin_ia32_pause(); }
#elif defined(__aarch64__) || defined(__arm__)
inline void relax() noexcept { asm volatile("yield" ::: "memory"); }
#else
inline void relax() noexcept { asm volatile("" ::: "memory"); }
#endif

} // namespace braid::inline v1::detail::seam

#endif

namespace braid::inline v1::detail::core {

/// std::atomic, or the model's.
template <class T> using atomic = seam::atomic<T>;

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

/// Orders the stores before it ahead of the loads after it, for all threads: the one thing acquire
/// and release cannot do.
/// Use: only between the two sides of a named store-buffering pair.
/// Cost: as much as an atomic read-modify-write.
inline void store_load_fence() noexcept { seam::fence(); }

/// Tells the processor that this is a spin loop.
/// Cost: 5 to 50 ns, by the processor; never count them, look at `now()`.
inline void relax() noexcept { seam::relax(); }

/// The time by which the library measures.
/// Cost: about 20 ns.
inline std::chrono::steady_clock::time_point now() noexcept { return seam::now(); }

} // namespace braid::inline v1::detail::core
