// SPDX-License-Identifier: MIT
#pragma once

// thread/state — what a thread and its handle share, and the thread's life from its first
// instruction to its last.
//
//   running → done → joined   the usual way: done is told when the function and its arguments are
//                             destroyed, joined when the thread's own thread-locals are, too
//   running → left behind     a daemon, or detached: the thread alone keeps the state from then on
//
// Order: what the thread did is visible to whoever saw it done.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/core/error.hpp>
#include <braid/exec/call.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/strand.hpp>
#include <braid/exec/unhandled.hpp>
#include <braid/os/process.hpp>
#include <braid/os/thread.hpp>
#include <braid/sync/event_count.hpp>
#include <braid/sync/mutex.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace braid::inline v1::detail::thread {

struct starter; // in spawn.hpp: makes handles

/// One started thread.
class state {
public:
    state(std::string_view name, bool takes_token);
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    virtual ~state() = default;

    /// Starts `self`, which keeps itself until the thread has ended.
    /// Throws: std::system_error naming what was refused; then nothing was started.
    static void start(const std::shared_ptr<state>& self, const os::thread_start& how);

    [[nodiscard]] const exec::strand& strand() const noexcept { return strand_; }
    [[nodiscard]] bool takes_token() const noexcept { return takes_token_; }
    [[nodiscard]] bool is_of_this_process() const noexcept { return process_ == os::process_id(); }
    /// True on the thread itself, up to the end of its last thread-local object.
    [[nodiscard]] bool is_current() const noexcept;

    /// True once the function has returned or thrown and is destroyed.
    [[nodiscard]] bool done() const noexcept {
        return done_.load(core::acquire); // sync: what the thread did (acquire)
    }

    /// The kernel's number of the thread.
    /// Blocks: until the kernel has started it.
    [[nodiscard]] int native_id();

    /// What left the function, once it is done.
    [[nodiscard]] std::exception_ptr exception() const { return done() ? exception_ : nullptr; }

    void request_stop() noexcept { strand_.stop.request_stop(); }

    /// Waits until the thread has ended altogether; false at the deadline. By any number of
    /// threads. A stop point.
    [[nodiscard]] bool join_until(core::deadline until);

    /// Lets the thread end by itself.
    void leave_behind() noexcept;

protected:
    /// Calls the function, and destroys it and its arguments before it returns or throws.
    virtual void run(const std::stop_token& token) = 0;

private:
    static void* main(void* self) noexcept;
    void run_guarded() noexcept;

    exec::strand strand_;
    const bool takes_token_;
    const pid_t process_ = os::process_id();
    std::shared_ptr<state> self_; // held by the running thread

    sync::event_count<sync::local_scope> changed_; // rings for native_id_ and for done_
    core::atomic<int> native_id_{0};
    core::atomic<bool> done_{false};
    std::exception_ptr exception_; // written before done_

    sync::basic_mutex<sync::local_scope> join_lock_; // guards the one below
    std::optional<os::thread> thread_;               // until joined or left behind
};

/// A state with the function in it.
template <class Call> class state_of final : public state {
public:
    template <class... Parts> explicit state_of(std::string_view name, Parts&&... parts)
        : state(name, Call::takes_token),
          call_(std::in_place, std::in_place, std::forward<Parts>(parts)...) {}

private:
    void run(const std::stop_token& token) override { exec::call_and_destroy(call_, token); }

    std::optional<Call> call_;
};

// ---- implementation ----

/// The number of the strand that this thread was started for, or 0. It outlives the strand itself,
/// for the thread-local objects that are destroyed after it. Not inlined: see this_strand_slot.
[[gnu::noinline]] inline std::uint64_t& started_for() noexcept {
    static thread_local constinit std::uint64_t number = 0;
    std::uint64_t* where = &number;
    asm volatile("" : "+r"(where));
    return *where;
}

inline bool state::is_current() const noexcept { return started_for() == strand_.number; }

inline state::state(std::string_view name, bool takes_token)
    : strand_{exec::next_strand_number(), std::string(name), std::stop_source()},
      takes_token_(takes_token) {
    if (strand_.name.empty()) strand_.name = "thread-" + std::to_string(strand_.number);
}

inline void state::start(const std::shared_ptr<state>& self, const os::thread_start& how) {
    self->self_ = self;
    const std::scoped_lock hold(self->join_lock_); // the thread may end before its number is kept
    try {
        self->thread_.emplace(main, self.get(), how);
    } catch (...) {
        self->self_.reset();
        throw;
    }
}

inline void* state::main(void* raw) noexcept {
    const std::shared_ptr<state> self = std::move(static_cast<state*>(raw)->self_);
    exec::set_this_strand(&self->strand_);
    started_for() = self->strand_.number;
    os::set_thread_name(self->strand_.name);
    self->native_id_.store(os::thread_number(),
                           core::release); // sync: the thread's number (release)
    self->changed_.notify_all();
    self->run_guarded();
    self->done_.store(true, core::release); // sync: what the thread did (release)
    self->changed_.notify_all();
    exec::set_this_strand(nullptr); // thread-locals that are destroyed now find no dead strand
    return nullptr;
}

inline void state::run_guarded() noexcept {
    try {
        run(strand_.stop.get_token());
    } catch (const stopped&) { // asked for, so nobody need hear of it
    } catch (...) {
        exception_ = std::current_exception();
        exec::report_unhandled({"thread", strand_.name, exception_});
    }
}

inline int state::native_id() {
    const auto known = [this] {
        return native_id_.load(core::acquire) != 0; // sync: the thread's number (acquire)
    };
    const no_stop guard;
    static_cast<void>(exec::wait_until_ready(changed_, known, core::deadline::never()));
    return native_id_.load(core::relaxed); // relaxed: it was seen, and never changes
}

inline bool state::join_until(core::deadline until) {
    const auto is_done = [this] { return done(); };
    if (!exec::wait_until_ready(changed_, is_done, until)) return false;
    if (!join_lock_.lock_until(until)) return false;
    const std::lock_guard hold(join_lock_, std::adopt_lock);
    if (thread_ && thread_->join_until(until)) thread_.reset();
    return !thread_;
}

inline void state::leave_behind() noexcept {
    const std::scoped_lock hold(join_lock_);
    if (thread_) thread_->detach();
    thread_.reset();
}

} // namespace braid::inline v1::detail::thread
