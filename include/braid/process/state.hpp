// SPDX-License-Identifier: MIT
#pragma once

// process/state — what all who wait for one child process share: its pidfd, and its status once
// somebody has taken it from the kernel.
//
//   running → ended, status in the kernel (a zombie) → done: status here, nothing in the kernel
//
// The kernel gives a status once; reap_lock_ lets one waiter take it, and the others find it here.
// Order: what the child wrote to shared memory is visible to whoever saw it done.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/core/exit_status.hpp>
#include <braid/exec/stop.hpp>
#include <braid/os/event_fd.hpp>
#include <braid/os/fork.hpp>
#include <braid/os/pidfd.hpp>
#include <braid/os/process.hpp>
#include <braid/sync/mutex.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace braid::inline v1::detail::process {

struct starter; // in spawn.hpp: makes handles

/// One started child.
class state {
public:
    /// Made before the fork: afterwards nothing may fail.
    state(std::string name, bool takes_token) : name_(std::move(name)), takes_token_(takes_token) {}
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    /// Takes over the child. Once, before anybody else sees this.
    void begin(os::forked child) noexcept {
        id_ = child.id;
        child_ = std::move(child.child);
    }

    [[nodiscard]] pid_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool takes_token() const noexcept { return takes_token_; }
    [[nodiscard]] int native_handle() const noexcept { return child_.get(); }

    /// False in a forked copy of the process that started it.
    [[nodiscard]] bool is_of_this_process() const noexcept { return parent_ == os::process_id(); }

    /// How it ended, if it has. Blocks: never.
    [[nodiscard]] std::optional<exit_status> poll();

    /// Waits until it has ended; nothing at the deadline. A stop point.
    [[nodiscard]] std::optional<exit_status> join_until(core::deadline until);

    /// False if it has ended.
    bool send_signal(int number) { return !poll() && child_ && child_.send_signal(number); }

private:
    pid_t id_ = 0;
    const pid_t parent_ = os::process_id();
    os::pidfd child_;
    const std::string name_;
    const bool takes_token_;

    sync::basic_mutex<sync::local_scope> reap_lock_; // guards the taking of the status
    exit_status status_;                             // written before done_
    core::atomic<bool> done_{false};
};

// ---- implementation ----

inline std::optional<exit_status> state::poll() {
    if (done_.load(core::acquire)) return status_; // sync: the status (acquire)
    const std::scoped_lock hold(reap_lock_);
    if (done_.load(core::relaxed)) return status_; // relaxed: written under the lock
    // Without a descriptor somebody else took the status before we could look.
    const auto status = child_ ? child_.reap() : exit_status();
    if (!status) return std::nullopt;
    status_ = *status;
    done_.store(true, core::release); // sync: the status (release)
    return status;
}

inline std::optional<exit_status> state::join_until(core::deadline until) {
    if (auto status = poll()) return status;
    // A strand that cannot be stopped needs no bell, and so no second descriptor.
    std::optional<os::event_fd> bell;
    if (exec::can_stop()) bell.emplace();
    const exec::on_stop ring([&]() noexcept {
        if (bell) bell->ring();
    });
    for (;;) {
        if (bell) exec::stop_point();
        const auto heard = os::wait_readable(child_.get(), bell ? bell->get() : -1, until);
        if (auto status = poll()) return status;
        if (!heard) return std::nullopt;
        // The descriptor speaks before the status can be had while a tracer holds the child.
        constexpr std::chrono::milliseconds while_traced{1};
        if (heard.first) exec::sleep_until(std::min(until, core::deadline::after(while_traced)));
    }
}

} // namespace braid::inline v1::detail::process
