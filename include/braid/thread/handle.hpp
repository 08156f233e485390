// SPDX-License-Identifier: MIT
#pragma once

// thread/handle — the thread that spawn() started, in the hands of the scope that owns it.

#include <braid/core/time_limit.hpp>
#include <braid/exec/stop.hpp>
#include <braid/thread/state.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace braid::inline v1::thread {

/// Owns a thread: leaving the scope waits for it. It is asked to stop first if its function takes a
/// stop token, or if an exception is leaving the scope. A daemon, and one that was detached,
/// belongs to the program instead.
///
/// Any number of threads may use one handle at once, but for moving and detaching it. Using one
/// that was moved from or detached, and joining oneself, throws std::logic_error.
/// Fork: in a child the copy of a handle is of no use: the thread is not there. Using it throws
/// std::logic_error, destroying it does nothing.
class handle {
public:
    handle(handle&& other) noexcept : state_(std::move(other.state_)), daemon_(other.daemon_) {}
    handle& operator=(handle&& other) noexcept {
        if (this == &other) return *this;
        end();
        state_ = std::move(other.state_);
        daemon_ = other.daemon_;
        exceptions_ = std::uncaught_exceptions();
        return *this;
    }
    ~handle() { end(); }

    /// Blocks: until the thread has ended, its thread-local objects destroyed too. A stop point.
    /// May be called again, and by several threads.
    void join() { static_cast<void>(joinable().join_until(detail::core::deadline::never())); }

    /// Waits as join() does, for a time; says whether the thread has ended.
    bool join_for(time_limit limit) {
        return joinable().join_until(detail::core::deadline::after(limit));
    }
    template <class Clock, class Duration>
    bool join_until(std::chrono::time_point<Clock, Duration> when) {
        return joinable().join_until(detail::core::deadline::at(when));
    }

    /// True once its function has ended.
    [[nodiscard]] bool done() const { return state().done(); }
    [[nodiscard]] bool alive() const { return !done(); }

    /// Its name in full; the kernel shows the first 15 bytes.
    [[nodiscard]] const std::string& name() const { return state().strand().name; }

    /// What thread::id() says in it.
    [[nodiscard]] std::uint64_t id() const { return state().strand().number; }

    /// The kernel's number of it, as top and gdb show it.
    /// Blocks: until the kernel has started it.
    [[nodiscard]] int native_id() const { return state().native_id(); }

    /// What left its function, once it is done; the unhandled-exception hook was told as well.
    [[nodiscard]] std::exception_ptr exception() const { return state().exception(); }

    /// Sets its stop token and wakes its waits, which throw `stopped`.
    /// Blocks: never.
    void request_stop() { state().request_stop(); }

    /// Leaves it to the program, which does not wait for it at its end. The handle is empty then.
    void detach() {
        state().leave_behind();
        state_.reset();
    }

private:
    friend struct detail::thread::starter;

    explicit handle(std::shared_ptr<detail::thread::state> state, bool daemon) noexcept
        : state_(std::move(state)), daemon_(daemon) {}

    [[nodiscard]] detail::thread::state& state() const;
    [[nodiscard]] detail::thread::state& joinable() const;
    void end() noexcept;

    std::shared_ptr<detail::thread::state> state_;
    bool daemon_;
    int exceptions_ = std::uncaught_exceptions(); // in flight when it came here
};

// ---- implementation ----

inline detail::thread::state& handle::state() const {
    if (state_ == nullptr) throw std::logic_error("thread::handle: it was moved from or detached");
    if (!state_->is_of_this_process()) {
        throw std::logic_error("thread::handle: thread '" + state_->strand().name +
                               "' belongs to the parent process and is not in this one");
    }
    return *state_;
}

inline detail::thread::state& handle::joinable() const {
    auto& joined = state();
    if (joined.is_current()) {
        throw std::logic_error("thread::handle: thread '" + name() + "' cannot join itself");
    }
    return joined;
}

inline void handle::end() noexcept {
    const auto ending = std::move(state_);
    if (ending == nullptr || !ending->is_of_this_process()) return;
    if (daemon_ || ending->is_current()) return ending->leave_behind();
    if (ending->takes_token() || std::uncaught_exceptions() > exceptions_) ending->request_stop();
    const no_stop guard;
    static_cast<void>(ending->join_until(detail::core::deadline::never()));
}

} // namespace braid::inline v1::thread
