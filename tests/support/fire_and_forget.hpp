// SPDX-License-Identifier: MIT
#pragma once

// support/fire_and_forget — the least coroutine: for tests of what wakes one.

#include <coroutine>
#include <exception>

namespace support {

/// A coroutine that destroys itself at its end.
struct fire_and_forget {
    struct promise_type {
        fire_and_forget get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

} // namespace support
