// SPDX-License-Identifier: MIT
#pragma once

// core/scope_exit — runs a function when a scope is left, by return or by exception.

#include <type_traits>
#include <utility>

namespace braid::inline v1::detail::core {

/// Runs `f` at the end of its scope unless `release()` was called. `f` must not throw.
template <class F> class [[nodiscard]] scope_exit {
public:
    static_assert(std::is_nothrow_move_constructible_v<F>,
                  "scope_exit: the function must move without throwing");

    explicit scope_exit(F f) noexcept : f_(std::move(f)) {}
    scope_exit(const scope_exit&) = delete;
    scope_exit& operator=(const scope_exit&) = delete;
    ~scope_exit() {
        if (armed_) f_();
    }

    /// Lets the scope end without running the function.
    void release() noexcept { armed_ = false; }

private:
    F f_;
    bool armed_ = true;
};

} // namespace braid::inline v1::detail::core
