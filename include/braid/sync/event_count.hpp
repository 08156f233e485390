// SPDX-License-Identifier: MIT
#pragma once

// sync/event_count — sleeping until something may have changed: the bell of every queue and of
// every state that is not itself a futex word.
//
//   who waits                                 who changes something
//   1  key = prepare()   announce itself      1  publish the change
//   2  look: is it there?                     2  notify_one() or notify_all()
//   3  yes: cancel();  no: wait(key, until)
//
// Invariants:  I1  a notify after a prepare() either sees the announcement, or its change is seen
//                  in step 2: both sides put a fence between their store and their load
//                  (pair: announced and published).
//              I2  a notify that sees somebody moves the epoch before it wakes, so that a key taken
//                  before it is out of date and does not sleep.
// Order:       what happened before the notify is visible after the wait() that it ended.
// Tolerable:   a wait may end without reason, and `announced_` may be too high (a process died in
//              its wait): both cost a look or a wake-up of nobody. A notifier that dies between
//              moving the epoch and waking leaves sleepers to their deadlines; who waits between
//              processes gives one.
// Lifetime:    a notify still touches the bell after the change that it tells of can be seen: who
//              waits must not destroy it for that reason alone.
// Source:      Dekker's mutual announcement; the shape of folly's EventCount.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/futex.hpp>
#include <braid/sync/mutex.hpp>
#include <braid/sync/scope.hpp>
#include <braid/sync/waiter.hpp>

#include <cstdint>
#include <mutex>
#include <type_traits>

namespace braid::inline v1::detail::sync {

/// The waiters that are no threads, of an object in one process.
struct waiter_list {
    basic_mutex<local_scope> lock;
    core::intrusive_list<waiter> waiting;
};

/// A bell for threads, processes (shared_scope) and coroutines (local_scope).
/// Fair: threads wake in the order in which they slept, coroutines in that in which they came;
/// coroutines first.
/// Cost: notify without a waiter: one fence, no system call.
template <wait_scope Scope> class event_count {
public:
    /// What prepare() saw; good for one wait.
    enum class key : std::uint32_t {};

    event_count() noexcept = default;
    event_count(const event_count&) = delete;
    event_count& operator=(const event_count&) = delete;

    /// Announces a waiter, which is ended by exactly one of cancel(), wait() and leave().
    [[nodiscard]] key prepare() noexcept;

    /// There was no need to wait.
    void cancel() noexcept;

    /// Blocks: until a notify after the prepare() that gave `seen`, or the deadline: then false.
    [[nodiscard]] bool wait(key seen, core::deadline until) noexcept;

    /// Lets `who` stand in the bell until a notify wakes it; false if one came since `seen`: it
    /// does not stand there then, and the announcement is over.
    /// Blocks: never.
    [[nodiscard]] bool enter(key seen,
                             waiter& who) noexcept requires std::same_as<Scope, local_scope>;

    /// Takes `who` out; false if a notify took it already, and wakes it or did so.
    [[nodiscard]] bool leave(waiter& who) noexcept requires std::same_as<Scope, local_scope>;

    /// Ends the wait of one, if there is one.
    void notify_one() noexcept { notify(1); }

    /// Ends the wait of all who prepared before.
    void notify_all() noexcept { notify(os::wake_all); }

private:
    struct nobody {};
    using list_type = std::conditional_t<std::same_as<Scope, local_scope>, waiter_list, nobody>;

    void notify(int count) noexcept;
    [[nodiscard]] int wake_listed(int count) noexcept requires std::same_as<Scope, local_scope>;

    os::futex_word epoch_{0};
    core::atomic<std::uint32_t> announced_{0};
    [[no_unique_address]] list_type list_;
};

// ---- implementation ----

template <wait_scope Scope> auto event_count<Scope>::prepare() noexcept -> key {
    // relaxed: the fence orders it before the look at what is waited for
    announced_.fetch_add(1, core::relaxed);
    core::store_load_fence(); // pair: announced and published
    // sync: what the notifier did (acquire)
    return static_cast<key>(epoch_.load(core::acquire));
}

template <wait_scope Scope> void event_count<Scope>::cancel() noexcept {
    announced_.fetch_sub(1, core::relaxed); // relaxed: only a hint whether to notify
}

template <wait_scope Scope> bool event_count<Scope>::wait(key seen, core::deadline until) noexcept {
    const auto before = static_cast<std::uint32_t>(seen);
    auto ended = os::futex_result::changed;
    // sync: what the notifier did (acquire)
    while (epoch_.load(core::acquire) == before && ended != os::futex_result::timed_out) {
        ended = os::futex_wait(epoch_, before, until, Scope::futex);
    }
    cancel();
    return epoch_.load(core::acquire) != before; // sync: what the notifier did (acquire)
}

template <wait_scope Scope>
bool event_count<Scope>::enter(key seen,
                               waiter& who) noexcept requires std::same_as<Scope, local_scope> {
    const std::scoped_lock hold(list_.lock);
    // sync: what the notifier did (acquire)
    if (epoch_.load(core::acquire) != static_cast<std::uint32_t>(seen)) {
        cancel();
        return false;
    }
    list_.waiting.push_back(who);
    return true;
}

template <wait_scope Scope>
bool event_count<Scope>::leave(waiter& who) noexcept requires std::same_as<Scope, local_scope> {
    const std::scoped_lock hold(list_.lock);
    if (!who.is_linked()) return false;
    list_.waiting.erase(who);
    cancel();
    return true;
}

template <wait_scope Scope> void event_count<Scope>::notify(int count) noexcept {
    core::store_load_fence(); // pair: announced and published
    // relaxed: the fence orders it after the change
    if (announced_.load(core::relaxed) == 0) return;
    epoch_.fetch_add(1, core::release); // sync: what the notifier did (release)
    if constexpr (std::same_as<Scope, local_scope>) count -= wake_listed(count);
    if (count > 0) os::futex_wake(epoch_, count, Scope::futex);
}

/// Wakes up to `count` of the listed, outside of the lock: what is woken may come back at once. The
/// epoch has moved, so that who was not yet in the list does not enter it.
template <wait_scope Scope>
int event_count<Scope>::wake_listed(int count) noexcept requires std::same_as<Scope, local_scope> {
    waiter_chain taken;
    int woken = 0;
    {
        const std::scoped_lock hold(list_.lock);
        for (; woken < count; ++woken) {
            waiter* const first = list_.waiting.pop_front();
            if (first == nullptr) break;
            cancel();
            taken.append(*first);
        }
    }
    taken.wake_all();
    return woken;
}

} // namespace braid::inline v1::detail::sync
