// SPDX-License-Identifier: MIT
#pragma once

// core/assert — checks of what must hold. BRAID_ASSERT is for preconditions and invariants, in
// builds without NDEBUG; `fail` is for states from which nothing sound can follow, in every build.

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace braid::inline v1::detail::core {

/// Prints what failed and where, and aborts.
[[noreturn, gnu::cold]] inline void fail(
    const char* what, std::source_location where = std::source_location::current()) noexcept {
    std::fprintf(stderr, "braid: %s:%u: %s: %s\n", where.file_name(),
                 static_cast<unsigned>(where.line()), where.function_name(), what);
    std::abort();
}

} // namespace braid::inline v1::detail::core

/// Aborts, naming the place, if `condition` is false. `what` says what the caller did wrong.
#ifdef NDEBUG
#define BRAID_ASSERT(condition, what) static_cast<void>(0)
#else
#define BRAID_ASSERT(condition, what)                                                              \
    static_cast<void>((condition) ||                                                               \
                      (::braid::detail::core::fail("failed: " #condition ": " what), false))
#endif
