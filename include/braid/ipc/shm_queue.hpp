// SPDX-License-Identifier: MIT
#pragma once

// ipc/shm_queue — a bounded queue in shared memory for many producers and consumers, any of which
// may be killed at any instruction. A ring of slots; the word of a slot says everything about it:
//
//   state (2 bits)  owner (14 bits)  turn (48 bits)       who leaves it
//   --------------  ---------------  -------------------  ---------------------------------------
//   free            —                the next to use it   the producer that claims it
//   writing         the producer     whose value it gets  that producer; if dead, who recovers it
//   ready           —                whose value it has   the consumer that claims it
//   reading         the consumer     whose value it had   that consumer; if dead, who recovers it
//
// free(t) → writing(t) → ready(t) → reading(t) → free(t + capacity). What a dead process was
// writing or reading becomes free(t + capacity): the one was never confirmed, the other was in its
// hand.
//
// Invariants:  I1  every step is one compare-and-swap on one word, which takes the slot and says
//                  who has it at once; a process that dies is found in what it has.
//              I2  only the owner touches a value that is being written or read. It publishes and
//                  gives back by compare-and-swap too: one that was taken for dead notices.
//              I3  head_ and tail_ are hints where to look first; they never run ahead of the
//                  claims.
//              I4  a place in the table of participants names the dead one until all is given back
//                  (participant I2), so an index found in a slot is never a successor's.
// Order:       what a producer did before its push is visible to the consumer that gets the value.
// Close:       a producer looks at closed_ after its claim, a consumer before its look at the
//              slots; all of it seq_cst (pair: claim and close). So either the producer sees the
//              queue closed and gives up, or the consumer that sees it closed sees the claim and
//              waits for it.
// Source:      Vyukov's bounded queue for the turns; iceoryx2's RobustUniqueIndexSet for the claim
//              that names its owner.

#include <braid/core/atomic.hpp>
#include <braid/core/cache_line.hpp>
#include <braid/ipc/participant.hpp>
#include <braid/ipc/turns.hpp>
#include <braid/sync/event_count.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>

namespace braid::inline v1::detail::ipc {

/// What came of one try.
enum class attempt {
    done,
    full,    ///< or, for a pop: empty
    pending, ///< the next value is being written
    closed,
};

/// The queue itself, in memory of size_for() bytes that all participants map. It holds no pointer.
template <class T> class shm_queue {
    static_assert(std::is_trivially_copyable_v<T>, "values go through shared memory as bytes");

public:
    using bell = sync::event_count<sync::shared_scope>;

    [[nodiscard]] static std::size_t size_for(std::uint64_t capacity) noexcept {
        return sizeof(shm_queue) + capacity * sizeof(slot);
    }

    /// Makes a queue in zeroed memory of that size. `first_turn` is for tests of the count's end.
    explicit shm_queue(std::uint64_t capacity, std::uint64_t first_turn = 0) noexcept;

    [[nodiscard]] std::uint64_t capacity() const noexcept { return turns_.capacity(); }

    /// Takes a place for this process; the index is its name in the calls below.
    [[nodiscard]] std::size_t join() {
        return participants_.join(participant_table::this_process(), giving_back());
    }

    /// Gives it back. Requires: no call with this index is under way, or will be.
    void leave(std::size_t self) noexcept { participants_.leave(self); }

    /// Blocks: never. done, full or closed.
    [[nodiscard]] attempt try_push(std::size_t self, const T& value) noexcept;

    /// Blocks: never. done, or full (that is: empty), pending or closed (and drained).
    [[nodiscard]] attempt try_pop(std::size_t self, std::optional<T>& value) noexcept;

    /// True if a try would have found room, or a value.
    [[nodiscard]] bool can_push() const noexcept { return find_free().what == attempt::done; }
    [[nodiscard]] bool can_pop() const noexcept { return find_ready().what == attempt::done; }

    /// No push succeeds after this returned; what is in the queue can still be popped.
    void close() noexcept;
    [[nodiscard]] bool closed() const noexcept {
        return closed_.load(core::seq_cst) != 0; // seq_cst: pair: claim and close
    }

    /// How many values wait; of that moment. Cost: looks at as many slots.
    [[nodiscard]] std::size_t size() const noexcept { return count(SIZE_MAX); }
    /// True if none waits. Cost: looks at the first.
    [[nodiscard]] bool empty() const noexcept { return count(1) == 0; }

    /// If the slot that stops a push (or a pop) is a dead participant's, gives back all that it
    /// held, and wakes all, because it may have owed a wake-up. True if there is something new to
    /// try.
    /// Safe at any time, by any number at once, and may itself be killed.
    bool recover_push() { return recover_owner(find_free()); }
    bool recover_pop() { return recover_owner(find_ready()); }

    /// Rings when there may be a value, or the queue was closed.
    [[nodiscard]] bell& pushed() noexcept { return pushed_; }
    /// Rings when there may be room, or the queue was closed.
    [[nodiscard]] bell& popped() noexcept { return popped_; }

private:
    enum state : std::uint64_t { free, writing, ready, reading };

    struct alignas(64) slot {
        explicit slot(std::uint64_t first) noexcept : word(first) {}

        core::atomic<std::uint64_t> word;
        alignas(T) std::byte value[sizeof(T)];
    };
    static_assert(alignof(slot) <= core::cache_line, "slots follow the queue in memory");

    static constexpr int owner_bits = 14;
    static_assert(participant_table::capacity <= std::size_t{1} << owner_bits);

    static constexpr std::uint64_t word(state s, std::size_t owner, std::uint64_t turn) noexcept {
        return std::uint64_t{s} << 62 | std::uint64_t{owner} << turns::bits | turn;
    }
    static constexpr state state_of(std::uint64_t w) noexcept {
        return static_cast<state>(w >> 62);
    }
    static constexpr std::size_t owner_of(std::uint64_t w) noexcept {
        return w >> turns::bits & ((1U << owner_bits) - 1);
    }
    static constexpr std::uint64_t turn_of(std::uint64_t w) noexcept {
        return w & ((std::uint64_t{1} << turns::bits) - 1);
    }

    [[nodiscard]] slot* slots() const noexcept { // they follow the queue
        return reinterpret_cast<slot*>(const_cast<shm_queue*>(this) + 1);
    }
    [[nodiscard]] slot& slot_of(std::uint64_t turn) const noexcept {
        return slots()[turns_.slot(turn)];
    }

    /// A slot that can be claimed, or that is in the way: its turn, and its word as it was seen.
    struct found {
        attempt what;
        std::uint64_t turn = 0;
        std::uint64_t seen = 0;
    };
    [[nodiscard]] found find_free() const noexcept;
    [[nodiscard]] found find_ready() const noexcept;
    bool recover_owner(const found& in_the_way);
    [[nodiscard]] std::size_t count(std::size_t most) const noexcept;
    [[nodiscard]] std::uint64_t later(const core::atomic<std::uint64_t>& hint,
                                      std::uint64_t turn) const noexcept;
    void advance(core::atomic<std::uint64_t>& hint, std::uint64_t to) noexcept;
    static bool exchange(slot& in, std::uint64_t from, std::uint64_t to) noexcept;
    void give_back(std::size_t index, participant_table::identity dead) noexcept;
    [[nodiscard]] auto giving_back() noexcept {
        return
            [this](std::size_t index, participant_table::identity dead) { give_back(index, dead); };
    }

    const turns turns_;
    core::atomic<std::uint32_t> closed_{0};
    participant_table participants_;
    alignas(core::cache_line) core::atomic<std::uint64_t> tail_;
    alignas(core::cache_line) core::atomic<std::uint64_t> head_;
    alignas(core::cache_line) bell pushed_;
    alignas(core::cache_line) bell popped_;
};

// ---- implementation ----

template <class T>
shm_queue<T>::shm_queue(std::uint64_t capacity, std::uint64_t first_turn) noexcept
    : turns_(capacity), tail_(first_turn), head_(first_turn) {
    for (std::uint64_t i = 0; i < capacity; ++i) {
        const std::uint64_t turn = turns_.after(first_turn, i);
        ::new (&slot_of(turn)) slot(word(free, 0, turn));
    }
}

/// The hint, if it is later than the turn that was looked at; else that turn.
template <class T> std::uint64_t shm_queue<T>::later(const core::atomic<std::uint64_t>& hint,
                                                     std::uint64_t turn) const noexcept {
    const std::uint64_t now = hint.load(core::relaxed); // relaxed: a hint
    return turns_.distance(now, turn) > 0 ? now : turn;
}

template <class T>
void shm_queue<T>::advance(core::atomic<std::uint64_t>& hint, std::uint64_t to) noexcept {
    std::uint64_t now = hint.load(core::relaxed); // relaxed: a hint
    while (turns_.distance(to, now) > 0) {
        // relaxed: a hint
        if (hint.compare_exchange_weak(now, to, core::relaxed)) return;
    }
}

template <class T>
bool shm_queue<T>::exchange(slot& in, std::uint64_t from, std::uint64_t to) noexcept {
    // seq_cst: pair: claim and close. sync: the value (acquire, release)
    return in.word.compare_exchange_strong(from, to, core::seq_cst, core::relaxed);
}

/// The first free slot in turn; full if the slot whose turn it is holds the value of a lap ago.
template <class T> auto shm_queue<T>::find_free() const noexcept -> found {
    std::uint64_t turn = tail_.load(core::relaxed); // relaxed: a hint
    for (;;) {
        // relaxed: the claim looks again
        const std::uint64_t seen = slot_of(turn).word.load(core::relaxed);
        const std::int64_t ahead = turns_.distance(turn_of(seen), turn);
        if (ahead == 0 && state_of(seen) == free) return {attempt::done, turn, seen};
        const std::uint64_t next = later(tail_, ahead < 0 ? turn : turns_.after(turn, 1));
        if (next == turn) return {attempt::full, turn, seen};
        turn = next;
    }
}

/// The first ready slot in turn; pending if the slot whose turn it is is being written.
template <class T> auto shm_queue<T>::find_ready() const noexcept -> found {
    std::uint64_t turn = head_.load(core::relaxed); // relaxed: a hint
    for (;;) {
        // seq_cst: pair: claim and close
        const std::uint64_t seen = slot_of(turn).word.load(core::seq_cst);
        const std::int64_t ahead = turns_.distance(turn_of(seen), turn);
        const state now = state_of(seen);
        if (ahead == 0 && now == ready) return {attempt::done, turn, seen};
        if (ahead == 0 && now == writing) return {attempt::pending, turn, seen};
        const bool taken = ahead > 0 || (ahead == 0 && now == reading);
        const std::uint64_t next = later(head_, taken ? turns_.after(turn, 1) : turn);
        if (next == turn) return {attempt::full, turn, seen};
        turn = next;
    }
}

template <class T> attempt shm_queue<T>::try_push(std::size_t self, const T& value) noexcept {
    for (;;) {
        if (closed()) return attempt::closed;
        const auto [what, turn, seen] = find_free();
        if (what != attempt::done) return what;
        slot& mine = slot_of(turn);
        const std::uint64_t claim = word(writing, self, turn);
        if (!exchange(mine, seen, claim)) continue;
        advance(tail_, turns_.after(turn, 1));
        if (closed()) {
            exchange(mine, claim, word(free, 0, turns_.after(turn, capacity())));
            pushed_.notify_all(); // who saw the claim waits for it
            return attempt::closed;
        }
        std::memcpy(mine.value, std::addressof(value), sizeof(T));
        if (!exchange(mine, claim, word(ready, 0, turn))) continue; // taken for dead: once more
        pushed_.notify_one();
        return attempt::done;
    }
}

template <class T>
attempt shm_queue<T>::try_pop(std::size_t self, std::optional<T>& value) noexcept {
    for (;;) {
        const bool was_closed = closed();
        const auto [what, turn, seen] = find_ready();
        if (what == attempt::full && was_closed) return attempt::closed;
        if (what != attempt::done) return what;
        slot& mine = slot_of(turn);
        const std::uint64_t claim = word(reading, self, turn);
        if (!exchange(mine, seen, claim)) continue;
        advance(head_, turns_.after(turn, 1));
        alignas(T) std::byte copy[sizeof(T)];
        std::memcpy(copy, mine.value, sizeof(T));
        const std::uint64_t after = word(free, 0, turns_.after(turn, capacity()));
        if (!exchange(mine, claim, after)) continue; // taken for dead: once more
        value.emplace(*std::launder(reinterpret_cast<const T*>(copy)));
        popped_.notify_one();
        return attempt::done;
    }
}

template <class T> void shm_queue<T>::close() noexcept {
    closed_.store(1, core::seq_cst); // seq_cst: pair: claim and close
    pushed_.notify_all();
    popped_.notify_all();
}

/// Counts the values that wait, up to `most`.
template <class T> std::size_t shm_queue<T>::count(std::size_t most) const noexcept {
    std::size_t waiting = 0;
    std::uint64_t turn = head_.load(core::relaxed); // relaxed: a hint
    const std::uint64_t enough = std::min<std::uint64_t>(most, capacity());
    // Past the slots of the dead the values go on in the next lap: hence two laps at most.
    for (std::uint64_t steps = 0; steps < 2 * capacity() && waiting < enough; ++steps) {
        const std::uint64_t seen = slot_of(turn).word.load(core::relaxed); // relaxed: only counted
        const std::int64_t ahead = turns_.distance(turn_of(seen), turn);
        if (ahead == 0 && state_of(seen) == free) break; // not used yet: nor is any later one
        if (ahead == 0 && state_of(seen) == ready) ++waiting;
        turn = turns_.after(turn, 1);
    }
    return waiting;
}

template <class T> bool shm_queue<T>::recover_owner(const found& in_the_way) {
    if (in_the_way.what == attempt::done) return true;
    const state now = state_of(in_the_way.seen);
    if (now != writing && now != reading) return false;
    if (!participants_.recover_if_dead(owner_of(in_the_way.seen), giving_back())) return false;
    pushed_.notify_all();
    popped_.notify_all();
    return true;
}

template <class T>
void shm_queue<T>::give_back(std::size_t index, participant_table::identity dead) noexcept {
    for (std::uint64_t i = 0; i < capacity(); ++i) {
        slot& in = slots()[i];
        // sync: the value (acquire): the look at the place below must come after this one
        const std::uint64_t seen = in.word.load(core::acquire);
        if (owner_of(seen) != index) continue;
        if (state_of(seen) != writing && state_of(seen) != reading) continue;
        if (participants_.at(index) != dead) return; // another was faster, and all is done (I4)
        exchange(in, seen, word(free, 0, turns_.after(turn_of(seen), capacity())));
    }
}

} // namespace braid::inline v1::detail::ipc
