// SPDX-License-Identifier: MIT
#pragma once

// model/model — a checker that runs small concurrent programs in every way in which they can run.
//
//   const auto found = model::explore({.time_jumps = 1}, [] {
//       auto& s = model::make<state>();
//       model::thread([&] { ... });
//       model::thread([&] { ... });
//       model::join_all();
//       model::check(s.total.get() == 2, "both counted");
//   });
//
// The program's atomics are braid::detail::core::atomic and its futexes those of os/futex.hpp, both
// through the seam; its plain data is model::var.
//
// Found are, in any schedule: a check that fails, a race on a var, a use of an atomic or a var that
// construction or destruction does not order, a deadlock (nobody can go on and no sleep is
// timed), a livelock (whoever can go on spins), and an endless run.
//
// Covered are all interleavings of the operations of up to three threads beside the body, stores
// that stay in a store buffer (total store order, as x86 has it), and bounded numbers of time jumps
// and spurious wake-ups. Not covered: what weaker processors do between relaxed atomics (a missing
// acquire or release is found if a var depends on it), compare_exchange_weak that fails without
// reason, and time that differs by less than an hour. The body and the threads must be
// deterministic but for what they read through the seam, must not throw, and must not share
// thread_local variables.

#include <model/engine.hpp>
#include <model/seam.hpp>

#include <functional>
#include <new>
#include <utility>

namespace model {

/// Runs `body` as thread 0 of every execution.
inline result explore(const options& given, const std::function<void()>& body) {
    return detail::engine(given).explore(body);
}

/// Starts a thread.
inline void thread(std::function<void()> body) {
    detail::engine::current()->spawn(std::move(body));
}

/// Waits until all threads have ended. The body does so at its end, too.
inline void join_all() { detail::engine::current()->join_all(); }

/// Ends the exploration with `what` unless it holds.
inline void check(bool holds, const char* what) { detail::engine::current()->check(holds, what); }

/// Makes an object that lives until the body has ended and all threads have. An execution that is
/// given up frees its memory and does not destroy it, so it should own nothing.
template <class T, class... Args> T& make(Args&&... args) {
    void* memory = ::operator new(sizeof(T));
    T* object = new (memory) T(std::forward<Args>(args)...);
    detail::engine::current()->keep(memory, [](void* p) { static_cast<T*>(p)->~T(); });
    return *object;
}

/// Destroys an object of make() before its time.
template <class T> void destroy(T& object) { detail::engine::current()->destroy_now(&object); }

/// Plain data: every access must be ordered after those that it conflicts with.
template <class T> class var {
public:
    var() : var(T{}) {}
    explicit var(T initial) : value_(initial) {
        if (auto* run = detail::engine::current()) run->born(this, true, 0);
    }
    var(const var&) = delete;
    var& operator=(const var&) = delete;
    ~var() {
        if (auto* run = detail::engine::current()) run->gone(this);
    }

    [[nodiscard]] T get() const {
        note(false);
        return value_;
    }
    void set(T next) {
        note(true);
        value_ = next;
    }

private:
    void note(bool write) const {
        if (auto* run = detail::engine::current()) run->plain_access(this, write);
    }

    T value_;
};

} // namespace model
