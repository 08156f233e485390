// SPDX-License-Identifier: MIT
#pragma once

// os/thread — a kernel thread: started with a stack size and processors of its own, named, joined
// with a deadline.

#include <braid/core/config.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/cpu.hpp>
#include <braid/os/error.hpp>
#include <braid/os/time_spec.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

/// How a thread is made; what is left as it is comes from the system or from the thread that starts
/// it.
struct thread_start {
    std::size_t stack_size = 0;    // bytes, 0: the system's, 8 MiB by default
    const cpu_set* cpus = nullptr; // processors it may run on
};

/// A started thread, which must be joined or detached exactly once.
class thread {
public:
    /// Starts `entry(argument)`.
    /// Throws: std::system_error naming what was refused: no such processor, a stack that is too
    /// small, no more threads.
    thread(void* (*entry)(void*), void* argument, const thread_start& how);

    /// Waits until it has ended, thread-local destructors included; false at the deadline.
    [[nodiscard]] bool join_until(core::deadline until);

    void detach() { ::pthread_detach(id_); }

    [[nodiscard]] bool is_current() const noexcept {
        return ::pthread_equal(id_, ::pthread_self()) != 0;
    }

private:
    pthread_t id_{};
};

/// The kernel's number of this thread.
[[nodiscard]] inline int thread_number() noexcept {
    return static_cast<int>(::syscall(SYS_gettid));
}

/// True on the thread that runs main(), and on the one thread of a forked child.
[[nodiscard]] inline bool is_main_thread() noexcept { return thread_number() == ::getpid(); }

/// Names this thread for the kernel, which keeps 15 bytes: ps, top, gdb and /proc show them.
void set_thread_name(std::string_view name) noexcept;

/// What the kernel calls this thread.
[[nodiscard]] std::string thread_name();

// ---- implementation ----

inline thread::thread(void* (*entry)(void*), void* argument, const thread_start& how) {
    pthread_attr_t attributes;
    if (const int refused = ::pthread_attr_init(&attributes)) {
        throw_system_error(refused, "pthread_attr_init");
    }
    const std::unique_ptr<pthread_attr_t, int (*)(pthread_attr_t*)> owner(&attributes,
                                                                          ::pthread_attr_destroy);
    if (how.stack_size != 0) {
        if (const int refused = ::pthread_attr_setstacksize(&attributes, how.stack_size)) {
            throw_system_error(refused, "a thread's stack of " + std::to_string(how.stack_size) +
                                            " bytes (at least " +
                                            std::to_string(::sysconf(_SC_THREAD_STACK_MIN)) + ")");
        }
    }
    if (how.cpus != nullptr) {
        if (const int refused = ::pthread_attr_setaffinity_np(
                &attributes, how.cpus->bytes(), static_cast<const cpu_set_t*>(how.cpus->data()))) {
            throw_system_error(refused, "a thread's processors " + how.cpus->to_string());
        }
    }
    if (const int refused = ::pthread_create(&id_, &attributes, entry, argument)) {
        throw_system_error(refused, how.cpus == nullptr ? "starting a thread"
                                                        : "starting a thread on processors " +
                                                              how.cpus->to_string());
    }
}

/// Waits for thread `id` until then; ETIMEDOUT if that comes first.
inline int timed_join(pthread_t id, core::deadline until) {
    if constexpr (core::thread_sanitizer) {
        // GCC 12's does not know pthread_clockjoin_np: it would not see that the thread was joined.
        const auto left =
            std::min<std::chrono::nanoseconds>(until.remaining(), std::chrono::years(9));
        const timespec when =
            to_timespec(std::chrono::system_clock::now().time_since_epoch() + left);
        return ::pthread_timedjoin_np(id, nullptr, &when);
    } else {
        const timespec when = to_timespec(until.since_epoch());
        return ::pthread_clockjoin_np(id, nullptr, CLOCK_MONOTONIC, &when);
    }
}

inline bool thread::join_until(core::deadline until) {
    const int result = until.is_never() ? ::pthread_join(id_, nullptr) : timed_join(id_, until);
    if (result != 0 && result != ETIMEDOUT) throw_system_error(result, "joining a thread");
    return result == 0;
}

inline void set_thread_name(std::string_view name) noexcept {
    char cut[16] = {};
    name.copy(cut, sizeof cut - 1);
    ::pthread_setname_np(::pthread_self(), cut);
}

inline std::string thread_name() {
    char name[16] = {};
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    return name;
}

} // namespace braid::inline v1::detail::os
