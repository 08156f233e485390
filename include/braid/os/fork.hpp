// SPDX-License-Identifier: MIT
#pragma once

// os/fork — a copy of this process, through libc's fork(): it repairs libc's own locks in the child
// and registers the child's robust locks, which a bare clone() does not.
//
// What the parent has buffered is written before the copy is made, so that it is written once. The
// child ends by `leave_child`, or by exit(): either runs the child's own atexit handlers and writes
// its own output, and stops before the parent's handlers and static destructors.

#include <braid/os/error.hpp>
#include <braid/os/resource.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <sys/types.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

/// Writes what stdio and the standard streams hold.
void flush_output() noexcept;

/// Copies the process: the child's number in the parent, 0 in the child.
/// Throws: std::system_error (EAGAIN, ENOMEM) naming fork; then there is no child.
/// Fork: other threads do not exist in the child; locks of the user that they held stay locked
/// there.
[[nodiscard]] pid_t fork_process();

/// Ends a forked child: runs the atexit handlers that it registered, writes its output, and nothing
/// of the parent's.
[[noreturn]] inline void leave_child(int code) noexcept { std::exit(code); }

// ---- implementation ----

inline void flush_output() noexcept {
    try {
        std::cout.flush();
        std::clog.flush();
        std::wcout.flush();
        std::wclog.flush();
    } catch (...) { // a stream that throws on failure: its output is lost, the fork goes on
    }
    std::fflush(nullptr);
}

inline pid_t fork_process() {
    flush_output();
    const pid_t child = ::fork();
    if (child < 0) throw_errno("fork");
    if (child == 0) {
        // Handlers run last first: this one runs after all that the child registers, and before all
        // of the parent's.
        const auto stop_here = [](int code, void*) {
            flush_output();
            ::_exit(code);
        };
        if (::on_exit(stop_here, nullptr) != 0)
            ::_exit(EXIT_FAILURE); // no memory to leave in order
    }
    return child;
}

} // namespace braid::inline v1::detail::os
