// SPDX-License-Identifier: MIT
#pragma once

// support/thread_interruptions — signals that disturb one thread of several while it waits: their
// handler runs, and the wait goes on.

#include <atomic>
#include <chrono>
#include <thread>

#include <pthread.h>
#include <signal.h>

namespace support {

/// Sends SIGUSR1 to the thread that makes this, again and again until its scope ends. The handler
/// does not let system calls restart.
class thread_interruptions {
public:
    thread_interruptions() {
        struct sigaction how {};
        how.sa_handler = [](int) { handled_.fetch_add(1); };
        ::sigaction(SIGUSR1, &how, &before_);
        sender_ = std::thread([this, to = ::pthread_self()] {
            while (!over_) {
                ::pthread_kill(to, SIGUSR1);
                std::this_thread::sleep_for(std::chrono::microseconds(300));
            }
        });
    }
    thread_interruptions(const thread_interruptions&) = delete;
    thread_interruptions& operator=(const thread_interruptions&) = delete;
    ~thread_interruptions() {
        over_ = true;
        sender_.join();
        ::sigaction(SIGUSR1, &before_, nullptr);
    }

    /// How many were handled since this was made.
    [[nodiscard]] int handled() const { return handled_ - handled_before_; }

private:
    static inline std::atomic<int> handled_{0};

    int handled_before_ = handled_;
    std::atomic<bool> over_{false};
    struct sigaction before_ {};
    std::thread sender_;
};

} // namespace support
