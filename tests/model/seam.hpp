// SPDX-License-Identifier: MIT
#pragma once

// model/seam — the atomics, fences, spins, clock and futexes of the library as the checker's: the
// header that BRAID_SEAM names in model tests.
//
// compare_exchange_weak does not fail without reason here. Outside of an exploration an atomic is a
// plain value, for one thread.

#include <model/engine.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace braid::inline v1::detail::seam {

inline constexpr bool is_model = true;

template <class T> class atomic {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(model::detail::value));

public:
    using value_type = T;
    static constexpr bool is_always_lock_free = true;

    constexpr atomic() noexcept : atomic(T{}) {}
    constexpr atomic(T initial) noexcept : initial_(initial) { // as std::atomic: not explicit
        if (std::is_constant_evaluated()) return;
        if (auto* run = engine::current()) run->born(this, false, bits(initial));
    }
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;
    constexpr ~atomic() {
        if (std::is_constant_evaluated()) return;
        if (auto* run = engine::current()) run->gone(this);
    }

    [[nodiscard]] bool is_lock_free() const noexcept { return true; }

    T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
        return go({.what = kind::load, .name = "load", .order = order});
    }
    void store(T next, std::memory_order order = std::memory_order_seq_cst) noexcept;

    T exchange(T next, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("exchange", next, order, [](bit_value, bit_value b, bit_value) { return b; });
    }
    T fetch_add(T by, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("fetch_add", by, order,
                      [](bit_value a, bit_value b, bit_value all) { return (a + b) & all; });
    }
    T fetch_sub(T by, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("fetch_sub", by, order,
                      [](bit_value a, bit_value b, bit_value all) { return (a - b) & all; });
    }
    T fetch_or(T by, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("fetch_or", by, order,
                      [](bit_value a, bit_value b, bit_value) { return a | b; });
    }
    T fetch_and(T by, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("fetch_and", by, order,
                      [](bit_value a, bit_value b, bit_value) { return a & b; });
    }
    T fetch_xor(T by, std::memory_order order = std::memory_order_seq_cst) noexcept {
        return change("fetch_xor", by, order,
                      [](bit_value a, bit_value b, bit_value) { return a ^ b; });
    }

    bool compare_exchange_strong(T& expected, T next, std::memory_order success,
                                 std::memory_order failure) noexcept;
    bool compare_exchange_strong(T& expected, T next,
                                 std::memory_order order = std::memory_order_seq_cst) noexcept {
        return compare_exchange_strong(expected, next, order, on_failure(order));
    }
    bool compare_exchange_weak(T& expected, T next, std::memory_order success,
                               std::memory_order failure) noexcept {
        return compare_exchange_strong(expected, next, success, failure);
    }
    bool compare_exchange_weak(T& expected, T next,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
        return compare_exchange_strong(expected, next, order, on_failure(order));
    }

private:
    using engine = model::detail::engine;
    using kind = model::detail::kind;
    using bit_value = model::detail::value;

    static constexpr bit_value mask = ~bit_value{0} >> (8 * (sizeof(bit_value) - sizeof(T)));

    static bit_value bits(T from) noexcept {
        bit_value to = 0;
        std::memcpy(&to, &from, sizeof(T));
        return to;
    }
    static T from_bits(bit_value from) noexcept {
        T to;
        std::memcpy(&to, &from, sizeof(T));
        return to;
    }
    static constexpr std::memory_order on_failure(std::memory_order order) noexcept {
        if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
        return order == std::memory_order_release ? std::memory_order_relaxed : order;
    }

    T go(model::detail::operation what) const noexcept;
    T change(const char* name, T operand, std::memory_order order,
             model::detail::update how) noexcept;

    T initial_; // and the value itself outside of an exploration
};

/// A sequentially consistent fence.
inline void fence() noexcept {
    if (auto* run = model::detail::engine::current()) run->fence();
}

inline std::chrono::steady_clock::time_point now() noexcept {
    auto* run = model::detail::engine::current();
    if (run == nullptr) return std::chrono::steady_clock::now();
    return std::chrono::steady_clock::time_point(run->now());
}

inline void relax() noexcept {
    if (auto* run = model::detail::engine::current()) run->relax();
}

enum class futex_outcome { woken, changed, timed_out };

/// Requires: inside of an exploration.
inline futex_outcome futex_wait(const void* word, std::uint32_t expected, bool timed) noexcept {
    auto& run = *model::detail::engine::current();
    const auto end = run.perform({.what = model::detail::kind::wait,
                                  .name = "futex_wait",
                                  .where = run.place_of(word, expected),
                                  .expected = expected,
                                  .timed = timed});
    switch (static_cast<model::detail::sleep_end>(end)) {
    case model::detail::sleep_end::changed:
        return futex_outcome::changed;
    case model::detail::sleep_end::timed_out:
        return futex_outcome::timed_out;
    case model::detail::sleep_end::woken:
        break;
    }
    return futex_outcome::woken;
}

inline int futex_wake(const void* word, int count) noexcept {
    auto* run = model::detail::engine::current();
    if (run == nullptr) return 0;
    return static_cast<int>(run->perform({.what = model::detail::kind::wake,
                                          .name = "futex_wake",
                                          .where = run->place_of(word, 0),
                                          .operand = static_cast<std::uint64_t>(count)}));
}

// ---- implementation ----

template <class T> T atomic<T>::go(model::detail::operation what) const noexcept {
    auto* run = engine::current();
    if (run == nullptr) return initial_;
    what.where = run->place_of(this, bits(initial_));
    return from_bits(run->perform(what));
}

template <class T> void atomic<T>::store(T next, std::memory_order order) noexcept {
    if (auto* run = engine::current()) {
        run->store(run->place_of(this, bits(initial_)), bits(next), order);
    } else {
        initial_ = next;
    }
}

template <class T> T atomic<T>::change(const char* name, T operand, std::memory_order order,
                                       model::detail::update how) noexcept {
    auto* run = engine::current();
    if (run == nullptr) {
        const T old = initial_;
        initial_ = from_bits(how(bits(old), bits(operand), mask));
        return old;
    }
    return from_bits(run->change({.what = kind::rmw,
                                  .name = name,
                                  .where = run->place_of(this, bits(initial_)),
                                  .operand = bits(operand),
                                  .mask = mask,
                                  .how = how,
                                  .order = order}));
}

template <class T> bool atomic<T>::compare_exchange_strong(T& expected, T next,
                                                           std::memory_order success,
                                                           std::memory_order failure) noexcept {
    const bit_value wanted = bits(expected);
    auto* run = engine::current();
    if (run == nullptr) {
        const bool same = bits(initial_) == wanted;
        (same ? initial_ : expected) = same ? next : initial_;
        return same;
    }
    const bit_value old = run->change({.what = kind::compare,
                                       .name = "compare_exchange",
                                       .where = run->place_of(this, bits(initial_)),
                                       .operand = bits(next),
                                       .expected = wanted,
                                       .how = [](bit_value, bit_value b, bit_value) { return b; },
                                       .order = success,
                                       .failure = failure});
    expected = from_bits(old);
    return old == wanted;
}

} // namespace braid::inline v1::detail::seam
