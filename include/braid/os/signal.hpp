// SPDX-License-Identifier: MIT
#pragma once

// os/signal — the signal mask of a thread, changed for a scope.

#include <braid/core/atomic.hpp>
#include <braid/os/event_fd.hpp>

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <string>

#include <pthread.h>
#include <sys/types.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

/// Holds signals back from this thread for its scope, then puts the mask back as it was. What came
/// meanwhile arrives then. Threads that are started in the scope begin with the same mask.
class [[nodiscard]] signal_block {
public:
    /// Holds back all that can be.
    signal_block() noexcept {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }

    /// Holds back these.
    signal_block(std::initializer_list<int> numbers) noexcept {
        sigset_t some;
        sigemptyset(&some);
        for (const int number : numbers) sigaddset(&some, number);
        ::pthread_sigmask(SIG_BLOCK, &some, &before_);
    }
    signal_block(const signal_block&) = delete;
    signal_block& operator=(const signal_block&) = delete;
    ~signal_block() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

/// Lets a signal reach this thread again.
inline void let_through(int number) noexcept {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

/// From now on `number` rings `bell`, which must live as long as the process, for one signal in a
/// program. A handler, and no signal held back: programs that the process starts get neither. In a
/// forked copy of this process, where nobody hears the bell, the signal does what it did before.
/// Throws: std::system_error if there is no such signal.
void ring_on_signal(int number, const event_fd& bell);

// ---- implementation ----

namespace signal_bell {

inline core::atomic<const event_fd*>& target() noexcept {
    static constinit core::atomic<const event_fd*> bell{nullptr};
    return bell;
}

/// The process that hears the bell.
inline core::atomic<pid_t>& owner() noexcept {
    static constinit core::atomic<pid_t> id{0};
    return id;
}

/// What the signal did before.
inline struct sigaction& before() noexcept {
    static constinit struct sigaction action {};
    return action;
}

inline void ring(int number) {
    const int saved = errno;
    // relaxed: a copy of the process finds what was written before the fork
    if (owner().load(core::relaxed) == ::getpid()) {
        target().load(core::acquire)->ring(); // sync: the bell (acquire)
    } else {
        ::sigaction(number, &before(), nullptr);
        ::raise(number); // held back until this returns
    }
    errno = saved;
}

} // namespace signal_bell

inline void ring_on_signal(int number, const event_fd& bell) {
    struct sigaction found {};
    if (::sigaction(number, nullptr, &found) != 0) {
        throw_errno("handling signal " + std::to_string(number));
    }
    if (found.sa_handler != signal_bell::ring) signal_bell::before() = found;
    signal_bell::target().store(&bell, core::release); // sync: the bell (release)
    // relaxed: for this process and its copies
    signal_bell::owner().store(::getpid(), core::relaxed);
    struct sigaction action {};
    action.sa_handler = signal_bell::ring;
    action.sa_flags = SA_RESTART;
    if (::sigaction(number, &action, nullptr) != 0) {
        throw_errno("handling signal " + std::to_string(number));
    }
}

} // namespace braid::inline v1::detail::os
