// SPDX-License-Identifier: MIT
#pragma once

// support/locks — the locks to compare, each with lock() and unlock(); those whose package is not
// there are left out.

#include <braid/thread/mutex.hpp>

#include <mutex>

#include <pthread.h>

#if BENCH_HAS_ABSL
#include <absl/synchronization/mutex.h>
#endif
#if BENCH_HAS_TBB
#include <oneapi/tbb/mutex.h>
#include <oneapi/tbb/spin_mutex.h>
#endif

namespace bench {

/// glibc's mutex that spins before it sleeps.
class adaptive_mutex {
public:
    adaptive_mutex() {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
        pthread_mutex_init(&mutex_, &attributes);
        pthread_mutexattr_destroy(&attributes);
    }
    adaptive_mutex(const adaptive_mutex&) = delete;
    adaptive_mutex& operator=(const adaptive_mutex&) = delete;
    ~adaptive_mutex() { pthread_mutex_destroy(&mutex_); }

    void lock() { pthread_mutex_lock(&mutex_); }
    void unlock() { pthread_mutex_unlock(&mutex_); }

private:
    pthread_mutex_t mutex_;
};

#if BENCH_HAS_ABSL
class absl_mutex {
public:
    void lock() { mutex_.Lock(); }
    void unlock() { mutex_.Unlock(); }

private:
    absl::Mutex mutex_;
};
#endif

/// Calls `f.operator()<Lock>(name)` for each lock. tbb_spin never sleeps: it shows what the
/// processors can do, and what its waiters burn for it.
template <class F> void for_each_lock(F f) {
    f.template operator()<braid::thread::mutex>("braid");
    f.template operator()<std::mutex>("std");
    f.template operator()<adaptive_mutex>("adaptive");
#if BENCH_HAS_ABSL
    f.template operator()<absl_mutex>("absl");
#endif
#if BENCH_HAS_TBB
    f.template operator()<tbb::mutex>("tbb");
    f.template operator()<tbb::spin_mutex>("tbb_spin");
#endif
}

} // namespace bench
