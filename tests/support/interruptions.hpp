// SPDX-License-Identifier: MIT
#pragma once

// support/interruptions — a signal every other millisecond, whose handler does nothing and does not
// restart system calls: in its scope they fail with EINTR. For programs of one thread.

#include <csignal>

#include <sys/time.h>

namespace support {

class interruptions {
public:
    interruptions() {
        handled() = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { handled() = handled() + 1; };
        ::sigaction(SIGALRM, &action, &before_); // without SA_RESTART
        const itimerval often{{0, 2000}, {0, 2000}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    interruptions(const interruptions&) = delete;
    interruptions& operator=(const interruptions&) = delete;
    ~interruptions() {
        const itimerval none{};
        ::setitimer(ITIMER_REAL, &none, nullptr);
        ::sigaction(SIGALRM, &before_, nullptr);
    }

    /// How often the handler has run.
    [[nodiscard]] static int count() { return handled(); }

private:
    static volatile std::sig_atomic_t& handled() {
        static volatile std::sig_atomic_t times = 0;
        return times;
    }

    struct sigaction before_ {};
};

} // namespace support
