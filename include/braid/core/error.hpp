// SPDX-License-Identifier: MIT
#pragma once

// core/error — what the library throws, besides std::system_error for what the operating system
// refuses, and std::invalid_argument and std::logic_error for misuse.

#include <stdexcept>

namespace braid::inline v1 {

/// Base of the library's own exceptions.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A time limit ran out where an operation has no other way to say so.
struct timeout_error : error {
    using error::error;
};

/// The result of what was cancelled was asked for.
struct cancelled_error : error {
    using error::error;
};

/// A queue is closed: for push at once, for pop when it is drained too.
struct closed_error : error {
    using error::error;
};

/// A promise was destroyed without a value.
struct broken_promise : error {
    using error::error;
};

/// A barrier was aborted, or one who should arrive died.
struct broken_barrier : error {
    using error::error;
};

/// Thrown by the waits of a strand that was asked to stop. It is not derived from std::exception,
/// so that `catch (const std::exception&)` does not swallow it; when it leaves the strand's
/// function, it ends the strand quietly.
struct stopped {};

} // namespace braid::inline v1
