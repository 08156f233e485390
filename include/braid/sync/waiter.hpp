// SPDX-License-Identifier: MIT
#pragma once

// sync/waiter — the first knot of the braid: what stands in a queue of those who wait. It wakes a
// parked thread or resumes a coroutine, and who wakes it need not know which; so one lock or queue
// serves both.
//
// Who takes a waiter out of its list owns the waking, and wakes it once, outside of the list's
// lock. From the moment of wake() on the waiter may be destroyed by its own strand: wake() reads
// what it needs first.

#include <braid/core/deadline.hpp>
#include <braid/core/intrusive.hpp>
#include <braid/sync/parker.hpp>

#include <coroutine>

namespace braid::inline v1::detail::sync {

/// One that waits; derived classes say how it is woken.
class waiter : public core::intrusive_node {
public:
    /// Ends the wait. The waiter may be gone when this returns.
    void wake() noexcept { wake_(*this); }

protected:
    using wake_function = void (*)(waiter&) noexcept;

    explicit waiter(wake_function how) noexcept : wake_(how) {}
    ~waiter() = default;

private:
    friend class waiter_chain;

    wake_function wake_;
    waiter* next_woken_ = nullptr;
};

/// Waiters that were taken out of their list, to be woken after its lock is released. They stand in
/// no list any more: one that gives up meanwhile sees that its wake-up is on its way.
class waiter_chain {
public:
    void append(waiter& who) noexcept {
        who.next_woken_ = nullptr; // it may have stood in a chain before
        *end_ = &who;
        end_ = &who.next_woken_;
    }

    /// Wakes them in the order in which they came.
    void wake_all() noexcept {
        for (waiter* next = first_; next != nullptr;) {
            waiter& who = *next;
            next = who.next_woken_; // read first: `who` may be gone after wake()
            who.wake();
        }
    }

private:
    waiter* first_ = nullptr;
    waiter** end_ = &first_;
};

/// A thread that waits; lives on its stack.
class thread_waiter final : public waiter {
public:
    thread_waiter() noexcept
        : waiter(
              [](waiter& self) noexcept { static_cast<thread_waiter&>(self).parker_.unpark(); }) {}

    /// Blocks: until it is woken; false at the deadline. After false it is still to be taken out of
    /// its list, and who finds it gone from there must wait again, without a deadline: the wake-up
    /// is on its way.
    [[nodiscard]] bool wait_until(core::deadline until) noexcept {
        return parker_.park_until(until);
    }

private:
    parker<local_scope> parker_;
};

/// A coroutine that waits; lives in its frame.
/// Resumes: inside wake(), or where `home` says.
class coroutine_waiter final : public waiter {
public:
    /// Sends a coroutine to where it is to go on, an executor for example.
    using resume_function = void (*)(void* home, std::coroutine_handle<> who) noexcept;

    explicit coroutine_waiter(std::coroutine_handle<> who) noexcept
        : coroutine_waiter(who, nullptr,
                           [](void*, std::coroutine_handle<> h) noexcept { h.resume(); }) {}
    coroutine_waiter(std::coroutine_handle<> who, void* home, resume_function resume) noexcept
        : waiter([](waiter& self) noexcept {
              auto& waiting = static_cast<coroutine_waiter&>(self);
              waiting.resume_(waiting.home_, waiting.who_);
          }),
          who_(who),
          home_(home),
          resume_(resume) {}

private:
    std::coroutine_handle<> who_;
    void* home_;
    resume_function resume_;
};

} // namespace braid::inline v1::detail::sync
