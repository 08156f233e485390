// SPDX-License-Identifier: MIT
#pragma once

// os/fork — a copy of this process, through libc's fork(): it repairs libc's own locks in the child
// and registers the child's robust locks, which a bare clone() does not.
//
// What the parent has buffered in stdout, stderr and the standard streams is written before the
// copy is made, so that it is written once. Other FILEs are the user's: libc cannot flush all of
// them without waiting for whoever reads from one. The child ends by leave_child() or by exit():
// either runs the child's own atexit handlers and writes its own output, and stops before the
// parent's handlers and static destructors.

#include <braid/os/error.hpp>
#include <braid/os/fd.hpp>
#include <braid/os/pidfd.hpp>
#include <braid/os/process.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <stdio_ext.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

/// What fork_process() returns: in the child `id` is 0 and there is no descriptor. In the parent
/// the descriptor is empty only if somebody else has taken the child's status already.
struct forked {
    pid_t id = 0;
    pidfd child;
};

/// Copies the process.
/// Throws: std::system_error naming fork, when processes, memory or descriptors run out; then there
/// is no child.
/// Fork: other threads do not exist in the child; the user's locks that they held stay locked
/// there.
[[nodiscard]] forked fork_process();

/// Ends a forked child: runs the atexit handlers that it registered, writes its output, and nothing
/// of the parent's.
[[noreturn]] inline void leave_child(int code) noexcept { std::exit(code); }

/// Writes what stdout, stderr and the standard streams hold.
void flush_output() noexcept;

// ---- implementation ----

inline void flush_output() noexcept {
    try {
        std::cout.flush();
        std::clog.flush();
        std::wcout.flush();
        std::wclog.flush();
    } catch (...) { // a stream that throws on failure: what it held is lost, the fork goes on
    }
    std::fflush(stdout);
    std::fflush(stderr);
}

inline void end_child_before_the_parents_handlers() noexcept {
    // Handlers run last first: this one runs after all that the child registers from now on, and
    // before all of the parent's.
    const auto stop_here = [](int code, void*) {
        flush_output();
        ::_exit(code);
    };
    if (::on_exit(stop_here, nullptr) != 0) ::_exit(EXIT_FAILURE); // no memory to leave in order
}

inline forked fork_process() {
    // Held until the child's own can be had: without one there would be a child that nobody can
    // wait for, and that must be known before.
    fd place(::eventfd(0, EFD_CLOEXEC), "fork: a descriptor for the child");
    static_cast<void>(fork_generation()); // or another thread may be registering it at the fork
    flush_output();
    const pid_t id = ::fork();
    if (id < 0) throw_errno("fork");
    place.close();
    if (id == 0) {
        // What another thread printed between the flush and the fork is the parent's to write.
        ::__fpurge(stdout);
        ::__fpurge(stderr);
        end_child_before_the_parents_handlers();
        return {};
    }
    try {
        return {id, pidfd::open(id)};
    } catch (...) {
        // Another thread took the last descriptor. It is our child and nobody waited for it yet, so
        // the number is still its own.
        ::kill(id, SIGKILL);
        static_cast<void>(retry_interrupted([&] { return ::waitpid(id, nullptr, 0); }));
        throw;
    }
}

} // namespace braid::inline v1::detail::os
