// SPDX-License-Identifier: MIT
#pragma once

// os/error — how this floor reports what the kernel refused, and how it retries what a signal
// interrupted.

#include <cerrno>
#include <string>
#include <system_error>

namespace braid::inline v1::detail::os {

/// Throws std::system_error for `number`, saying which call on which object: "open '/x': No such
/// …".
[[noreturn, gnu::cold]] inline void throw_system_error(int number, const std::string& what) {
    throw std::system_error(number, std::generic_category(), what);
}

/// The same for the errno of the call that just failed.
[[noreturn, gnu::cold]] inline void throw_errno(const std::string& what) {
    throw_system_error(errno, what);
}

/// Calls `f`, which returns -1 and sets errno when it fails, until no signal interrupts it.
template <class F> auto retry_interrupted(F f) noexcept(noexcept(f())) {
    for (;;) {
        const auto result = f();
        if (result != -1 || errno != EINTR) return result;
    }
}

} // namespace braid::inline v1::detail::os
