// SPDX-License-Identifier: MIT
#pragma once

// os/process — this process: its number, its parent's, its session, and how it ends by a signal.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/error.hpp>
#include <braid/os/file.hpp>
#include <braid/os/pidfd.hpp>
#include <braid/os/signal.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

[[nodiscard]] inline pid_t process_id() noexcept { return ::getpid(); }
[[nodiscard]] inline pid_t parent_process_id() noexcept { return ::getppid(); }

/// When a process began, in the kernel's ticks since it started; 0 if there is no such process, or
/// no /proc. With the pid it names a process for good: a number that is given out again has
/// another.
[[nodiscard]] inline std::uint64_t process_start_time(pid_t id) {
    const auto text = read_file("/proc/" + std::to_string(id) + "/stat");
    if (!text) return 0;
    // "pid (name) state …": the name may hold anything, so count from its last parenthesis.
    std::istringstream fields(text->substr(std::min(text->rfind(')') + 1, text->size())));
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    std::uint64_t ticks = 0;
    fields >> ticks;
    return ticks;
}

/// False if the process that began then is gone, or is a zombie. True if that cannot be found out.
[[nodiscard]] inline bool is_alive(pid_t id, std::uint64_t start_time) {
    try {
        const pidfd process = pidfd::open(id);
        if (!process || wait_readable(process.get(), core::deadline::passed())) return false;
    } catch (const std::system_error&) {
        return true; // no descriptor to find out with
    }
    // A start time that cannot be read now (no /proc here, no descriptor left) tells nothing.
    const std::uint64_t found = start_time == 0 ? 0 : process_start_time(id);
    return found == 0 || found == start_time;
}

namespace fork_count {

inline core::atomic<std::uint32_t>& value() noexcept {
    static constinit core::atomic<std::uint32_t> forks{0};
    return forks;
}

} // namespace fork_count

/// A number that is another one in a forked child than in its parent.
/// Cost: one load, where getpid is a system call.
[[nodiscard]] inline std::uint32_t fork_generation() noexcept {
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] {
        fork_count::value().fetch_add(1, core::relaxed); // relaxed: a child has one thread
    });
    static_cast<void>(registered);
    return fork_count::value().load(core::relaxed); // relaxed: changes in a fork only
}

/// Which processes can name each other by pid: those with the same number here. 0 if unknown.
[[nodiscard]] inline std::uint64_t pid_namespace() noexcept {
    struct stat found {};
    return ::stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

/// Makes this process the leader of a new session without a terminal.
/// Throws: std::system_error if it leads a process group already; a forked child never does.
inline void lead_new_session() {
    if (::setsid() < 0) throw_errno("setsid");
}

/// Ends this process at once: no handler runs, nothing is written.
[[noreturn]] inline void leave_at_once(int code) noexcept { ::_exit(code); }

/// Ends this process as that signal does by default, so that its parent sees it.
[[noreturn]] inline void end_by_signal(int number) noexcept {
    ::signal(number, SIG_DFL);
    let_through(number);
    ::raise(number);
    ::_exit(EXIT_FAILURE); // not reached: the signal was let through
}

} // namespace braid::inline v1::detail::os
