// SPDX-License-Identifier: MIT
#pragma once

// coro/options — what can be said of a coroutine when it starts.

#include <string_view>

namespace braid::inline v1::coro {

/// What can be said of a coroutine when it starts: `coro::spawn({.name = "ticker"}, tick, 3)`.
///
/// Lifetime: views a string, which is copied by the call that takes it.
struct options {
    /// Shown by `name()` and `all()`. Empty: a number is made up.
    std::string_view name = {};
};

} // namespace braid::inline v1::coro
