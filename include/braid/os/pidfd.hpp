// SPDX-License-Identifier: MIT
#pragma once

// os/pidfd — a child process by descriptor: waiting and signalling that cannot reach another
// process that got the same number. Source: pidfd_open(2), pidfd_send_signal(2), waitid(2) with
// P_PIDFD; Linux 5.4 and later.

#include <braid/core/exit_status.hpp>
#include <braid/os/fd.hpp>

#include <csignal>
#include <optional>

#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

namespace braid::inline v1::detail::os {

/// A descriptor of a process; readable once the process has ended.
class pidfd {
public:
    pidfd() noexcept = default;

    /// Opens process `id`, a child that was not waited for, or this process. Empty if there is none
    /// such any more (its status was taken already by somebody else).
    /// Throws: std::system_error when descriptors run out.
    [[nodiscard]] static pidfd open(pid_t id);

    [[nodiscard]] int get() const noexcept { return fd_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

    /// Sends a signal; false if the process is gone.
    /// Throws: std::system_error for a signal that does not exist, or for want of permission.
    bool send_signal(int number) const;

    /// Takes the child's status if it has ended: unknown if somebody else took it, nothing while it
    /// runs.
    /// Blocks: never.
    [[nodiscard]] std::optional<exit_status> reap() const;

private:
    fd fd_;
};

// ---- implementation ----

inline pidfd pidfd::open(pid_t id) {
    const auto number = ::syscall(SYS_pidfd_open, id, 0);
    pidfd made;
    // No such process; or a thread has the number now, which kernels tell in two ways.
    const bool is_gone = number < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT);
    if (!is_gone) made.fd_ = fd(static_cast<int>(number), "pidfd_open");
    return made;
}

inline bool pidfd::send_signal(int number) const {
    if (::syscall(SYS_pidfd_send_signal, fd_.get(), number, nullptr, 0) == 0) return true;
    if (errno != ESRCH) throw_errno("sending signal " + std::to_string(number));
    return false;
}

inline std::optional<exit_status> pidfd::reap() const {
    constexpr auto p_pidfd = static_cast<idtype_t>(3); // P_PIDFD, which older libcs do not name
    siginfo_t info{};
    const auto waited = retry_interrupted(
        [&] { return ::waitid(p_pidfd, static_cast<id_t>(fd_.get()), &info, WEXITED | WNOHANG); });
    if (waited != 0) {
        if (errno == ECHILD) return exit_status();
        throw_errno("waitid");
    }
    if (info.si_pid == 0) return std::nullopt;
    if (info.si_code == CLD_EXITED) return exit_status::exited(info.si_status);
    return exit_status::killed(info.si_status, info.si_code == CLD_DUMPED);
}

} // namespace braid::inline v1::detail::os
