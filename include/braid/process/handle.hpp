// SPDX-License-Identifier: MIT
#pragma once

// process/handle — the child process that spawn() or fork() started, in the hands of the scope that
// owns it.

#include <braid/core/exit_status.hpp>
#include <braid/core/time_limit.hpp>
#include <braid/exec/stop.hpp>
#include <braid/process/state.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace braid::inline v1::process {

using v1::exit_status;

/// Owns a child process: leaving the scope waits for it. It is asked to stop first if its function
/// takes a stop token, or if an exception is leaving the scope. Its status is always taken: no
/// zombie stays. Signals go through a pidfd and never reach another process.
///
/// Any number of threads may use one handle at once, but for moving it. Using one that was moved
/// from throws std::logic_error.
/// Fork: in a forked copy of the process a handle neither joins nor kills; using it throws
/// std::logic_error, destroying it does nothing.
class handle {
public:
    handle(handle&& other) noexcept : state_(std::move(other.state_)) {}
    handle& operator=(handle&& other) noexcept {
        if (this == &other) return *this;
        end();
        state_ = std::move(other.state_);
        exceptions_ = std::uncaught_exceptions();
        return *this;
    }
    ~handle() { end(); }

    /// Waits until it has ended and says how; unknown if somebody else took its status (a foreign
    /// waitpid(-1), or SIGCHLD ignored). A stop point. May be called again, and by several threads.
    exit_status join() { return *state().join_until(detail::core::deadline::never()); }

    /// Waits as join() does, for a time: nothing if it has not ended then.
    std::optional<exit_status> join_for(time_limit limit) {
        return state().join_until(detail::core::deadline::after(limit));
    }
    template <class Clock, class Duration>
    std::optional<exit_status> join_until(std::chrono::time_point<Clock, Duration> when) {
        return state().join_until(detail::core::deadline::at(when));
    }

    /// How it ended, if it has.
    /// Blocks: never.
    [[nodiscard]] std::optional<exit_status> status() const { return state().poll(); }
    [[nodiscard]] bool done() const { return status().has_value(); }
    [[nodiscard]] bool alive() const { return !done(); }

    [[nodiscard]] const std::string& name() const { return state().name(); }

    /// Its number, the pid.
    [[nodiscard]] pid_t id() const { return state().id(); }
    [[nodiscard]] int native_id() const { return id(); }

    /// Its pidfd, readable once it has ended; -1 if it was gone before we could look. Do not close
    /// it, and do not wait for the child through it.
    [[nodiscard]] int native_handle() const { return state().native_handle(); }

    /// Sends SIGTERM: it ends a function that takes no stop token, and sets the token of one that
    /// does. Nothing happens to a process that has ended.
    void request_stop() { state().send_signal(SIGTERM); }

    /// Ends it at once, by SIGKILL.
    void kill() { state().send_signal(SIGKILL); }

    /// Sends it a signal; false if it has ended.
    /// Throws: std::system_error if there is no such signal.
    bool send_signal(int number) { return state().send_signal(number); }

private:
    friend struct detail::process::starter;

    explicit handle(std::shared_ptr<detail::process::state> state) noexcept
        : state_(std::move(state)) {}

    [[nodiscard]] detail::process::state& state() const;
    void end() noexcept;

    std::shared_ptr<detail::process::state> state_;
    int exceptions_ = std::uncaught_exceptions(); // in flight when it came here
};

// ---- implementation ----

inline detail::process::state& handle::state() const {
    if (state_ == nullptr) throw std::logic_error("process::handle: it was moved from");
    if (!state_->is_of_this_process()) {
        throw std::logic_error("process::handle: '" + state_->name() +
                               "' is a child of the process that this one was forked from");
    }
    return *state_;
}

inline void handle::end() noexcept {
    const auto ending = std::move(state_);
    if (ending == nullptr || !ending->is_of_this_process()) return;
    const bool failing = std::uncaught_exceptions() > exceptions_;
    try {
        if (ending->takes_token() || failing) ending->send_signal(SIGTERM);
    } catch (const std::system_error&) { // it is another user's by now: it ends when it ends
    }
    const no_stop guard;
    static_cast<void>(ending->join_until(detail::core::deadline::never()));
}

} // namespace braid::inline v1::process
