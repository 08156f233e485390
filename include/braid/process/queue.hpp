// SPDX-License-Identifier: MIT
#pragma once

// process/queue — hands values from process to process.

#include <braid/core/count.hpp>
#include <braid/core/deadline.hpp>
#include <braid/core/error.hpp>
#include <braid/exec/stop.hpp>
#include <braid/ipc/shm_queue.hpp>
#include <braid/os/mapping.hpp>
#include <braid/os/process.hpp>
#include <braid/process/shared.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace braid::inline v1::process {

/// A bounded queue between processes: any number of producers and consumers, first in first out per
/// producer. Copies of the handle mean the same queue.
///
///     process::queue<int> results(8);
///     auto child = process::spawn([=] { results.push(42); });
///     int answer = results.pop();
///
/// Every form of push throws closed_error once the queue is closed. pop throws it once the queue is
/// closed and drained; the other forms of pop give nothing then.
/// Blocks: push while it is full, pop while it is empty; stop points.
/// Order: what a producer did before its push is visible to the consumer that gets the value.
/// Fork: seen by processes forked later, whoever made it.
/// Dies: SIGKILL at any instruction of any process that uses it costs at most the value which that
/// process was pushing or popping. Who waits for it finds the dead within 50 ms.
/// Throws: std::system_error when memory, or places for more than 1,024 processes, run out.
template <class T> class queue {
    static_assert(std::is_trivially_copyable_v<T> && shareable<T> &&
                      std::is_copy_constructible_v<T>,
                  "braid: process::queue<T> needs a trivially copyable T that other processes can "
                  "read: no pointers and no views, and not std::pair or std::tuple. Send the "
                  "values themselves, in a struct");
    static_assert(alignof(T) <= 64, "braid: process::queue<T> aligns values to 64 bytes at most");

public:
    using value_type = T;

    /// A queue of at most `capacity` values, 1 to 2^32. All memory is allocated now.
    explicit queue(count capacity);

    /// Waits for room.
    /// Throws: closed_error, stopped.
    void push(const T& value) { static_cast<void>(push_until(value, deadline::never())); }
    /// False if it is full.
    bool try_push(const T& value) { return push_until(value, deadline::passed()); }
    /// False if it is full all that time.
    bool push_for(const T& value, time_limit limit) {
        return push_until(value, deadline::after(limit));
    }
    template <class Clock, class Duration>
    bool push_until(const T& value, std::chrono::time_point<Clock, Duration> when) {
        return push_until(value, deadline::at(when));
    }

    /// The same with a value made from arguments.
    template <class... Args> void emplace(Args&&... args) {
        push(make(std::forward<Args>(args)...));
    }
    template <class... Args> bool try_emplace(Args&&... args) {
        return try_push(make(std::forward<Args>(args)...));
    }
    template <class... Args> bool emplace_for(time_limit limit, Args&&... args) {
        return push_for(make(std::forward<Args>(args)...), limit);
    }
    template <class Clock, class Duration, class... Args>
    bool emplace_until(std::chrono::time_point<Clock, Duration> when, Args&&... args) {
        return push_until(make(std::forward<Args>(args)...), when);
    }

    /// Waits for a value.
    /// Throws: closed_error, stopped.
    T pop();
    /// Nothing if it is empty.
    [[nodiscard]] std::optional<T> try_pop() { return pop_until(deadline::passed()); }
    /// Nothing if it is empty all that time, or closed and drained.
    [[nodiscard]] std::optional<T> pop_for(time_limit limit) {
        return pop_until(deadline::after(limit));
    }
    template <class Clock, class Duration>
    [[nodiscard]] std::optional<T> pop_until(std::chrono::time_point<Clock, Duration> when) {
        return pop_until(deadline::at(when));
    }

    /// Waits for one value and takes up to `most` without waiting for more; none once it is closed
    /// and drained.
    /// Throws: stopped; std::invalid_argument for a negative `most`.
    [[nodiscard]] std::vector<T> pop_many(count most);

    /// Ends pushing for good, in all processes, and wakes all who wait. What is in it can be
    /// popped.
    void close() noexcept { shared().close(); }
    [[nodiscard]] bool closed() const noexcept { return shared().closed(); }

    /// How many values wait, of that moment.
    /// Cost: looks at as many.
    [[nodiscard]] std::size_t size() const noexcept { return shared().size(); }
    [[nodiscard]] bool empty() const noexcept { return shared().empty(); }
    [[nodiscard]] std::size_t capacity() const noexcept {
        return static_cast<std::size_t>(shared().capacity());
    }

    class iterator;

    /// Pops, until it is closed and drained: `for (T value : queue)`.
    [[nodiscard]] iterator begin() { return iterator(*this); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    using deadline = detail::core::deadline;
    using attempt = detail::ipc::attempt;
    using shared_queue = detail::ipc::shm_queue<T>;

    /// What this process knows of the queue.
    struct local {
        detail::os::mapping memory;
        shared_queue* queue;
        detail::core::atomic<std::uint64_t> joined{0}; // fork generation + 1, and index
    };

    template <class... Args> static T make(Args&&... args) {
        static_assert(
            std::is_constructible_v<T, Args...> || requires { T{std::declval<Args>()...}; },
            "braid: a value of this queue cannot be made from these arguments");
        if constexpr (std::is_constructible_v<T, Args...>)
            return T(std::forward<Args>(args)...);
        else
            return T{std::forward<Args>(args)...};
    }

    [[nodiscard]] shared_queue& shared() const noexcept { return *local_->queue; }
    [[nodiscard]] std::size_t self() const;
    [[nodiscard]] bool push_until(const T& value, deadline until);
    [[nodiscard]] std::optional<T> pop_until(deadline until);
    [[nodiscard]] attempt pop_into(std::optional<T>& value, deadline until);
    template <class Try, class More, class Recover>
    [[nodiscard]] attempt wait(typename shared_queue::bell& bell, deadline until, Try one,
                               More more, Recover recover);

    std::shared_ptr<local> local_;
};

/// Where a range-for over a queue stands: on a value that was popped.
template <class T> class queue<T>::iterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    explicit iterator(queue& from) : from_(&from) { ++*this; }

    [[nodiscard]] T& operator*() noexcept { return *value_; }
    iterator& operator++() {
        value_ = from_->pop_until(deadline::never());
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
        return !it.value_;
    }

private:
    queue* from_;
    std::optional<T> value_;
};

// ---- implementation ----

template <class T> queue<T>::queue(count capacity) {
    const auto wanted = capacity.value("process::queue: the capacity");
    if (wanted == 0 || wanted > std::uint64_t{1} << 32) {
        throw std::invalid_argument("process::queue: the capacity must be 1 to 2^32");
    }
    auto memory = detail::os::mapping::shared(shared_queue::size_for(wanted));
    auto* const made = ::new (memory.data()) shared_queue(wanted);
    local_ = std::make_shared<local>(std::move(memory), made);
}

/// This process's index, taken at its first use of the queue: a forked child takes one of its own.
template <class T> std::size_t queue<T>::self() const {
    namespace core = detail::core;
    constexpr std::uint64_t index_bits = 32;
    const std::uint64_t here = std::uint64_t{detail::os::fork_generation()} + 1;
    // relaxed: the index is the whole message
    std::uint64_t joined = local_->joined.load(core::relaxed);
    if (joined >> index_bits != here) {
        const std::size_t index = shared().join();
        const std::uint64_t mine = here << index_bits | index;
        // relaxed: the index is the whole message
        if (local_->joined.compare_exchange_strong(joined, mine, core::relaxed)) return index;
        shared().leave(index); // another thread was faster
    }
    return static_cast<std::size_t>(joined & ((std::uint64_t{1} << index_bits) - 1));
}

/// Tries until it is settled. Between processes nobody may sleep for good: one who owed a wake-up
/// may be dead, so the sleeper looks now and then; and what stops him may be a dead one's, so he
/// looks after its owner, before he gives up too. Who slept and got something wakes the next if
/// there is more: his wake-up may have been meant for a value that was not ready then.
template <class T> template <class Try, class More, class Recover>
auto queue<T>::wait(typename shared_queue::bell& bell, deadline until, Try one, More more,
                    Recover recover) -> attempt {
    constexpr std::chrono::milliseconds patrol{50};
    attempt last = one();
    const auto ready = [&] {
        last = one();
        return last == attempt::done || last == attempt::closed;
    };
    while (last != attempt::done && last != attempt::closed) {
        if (recover() && ready()) break;
        if (until.has_passed()) break;
        const auto slice = std::min(until, deadline::after(patrol));
        if (detail::exec::wait_until_ready(bell, ready, slice) && more()) bell.notify_one();
    }
    return last;
}

template <class T> bool queue<T>::push_until(const T& value, deadline until) {
    shared_queue& in = shared();
    const std::size_t me = self();
    const attempt last = wait(
        in.popped(), until, [&] { return in.try_push(me, value); }, [&] { return in.can_push(); },
        [&] { return in.recover_push(); });
    if (last == attempt::closed) throw closed_error("process::queue: push to a closed queue");
    return last == attempt::done;
}

template <class T> auto queue<T>::pop_into(std::optional<T>& value, deadline until) -> attempt {
    shared_queue& in = shared();
    const std::size_t me = self();
    return wait(
        in.pushed(), until, [&] { return in.try_pop(me, value); }, [&] { return in.can_pop(); },
        [&] { return in.recover_pop(); });
}

template <class T> std::optional<T> queue<T>::pop_until(deadline until) {
    std::optional<T> value;
    static_cast<void>(pop_into(value, until));
    return value;
}

template <class T> T queue<T>::pop() {
    std::optional<T> value;
    if (pop_into(value, deadline::never()) == attempt::closed) {
        throw closed_error("process::queue: pop from a queue that is closed and drained");
    }
    return *value;
}

template <class T> std::vector<T> queue<T>::pop_many(count most) {
    std::vector<T> values;
    for (auto left = most.value("process::queue: pop_many's number"); left > 0; --left) {
        auto value = pop_until(values.empty() ? deadline::never() : deadline::passed());
        if (!value) break;
        values.push_back(*value);
    }
    return values;
}

} // namespace braid::inline v1::process
