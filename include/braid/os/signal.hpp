// SPDX-License-Identifier: MIT
#pragma once

// os/signal — the signal mask of a thread, changed for a scope.

#include <csignal>
#include <initializer_list>

#include <pthread.h>

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

/// Waits for one of these signals, which every thread must hold back, and says which came.
[[nodiscard]] inline int wait_for_signal(std::initializer_list<int> numbers) noexcept {
    sigset_t some;
    sigemptyset(&some);
    for (const int number : numbers) sigaddset(&some, number);
    int came = 0;
    while (::sigwait(&some, &came) != 0) {
    } // EINTR, on some libcs
    return came;
}

} // namespace braid::inline v1::detail::os
