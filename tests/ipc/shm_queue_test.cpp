// SPDX-License-Identifier: MIT

#include <braid/ipc/shm_queue.hpp>
#include <braid/os/mapping.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace core = braid::detail::core;
namespace os = braid::detail::os;
using braid::detail::ipc::attempt;
using braid::detail::ipc::shm_queue;
using braid::detail::ipc::turns;

namespace {

enum slot_state : std::uint64_t { free_slot, writing, ready, reading };

/// A queue in memory that forked children share, and its slots' words as the header describes them.
template <class T> class made {
public:
    explicit made(std::uint64_t capacity, std::uint64_t first_turn = 0)
        : memory_(os::mapping::shared(shm_queue<T>::size_for(capacity))),
          queue_(::new (memory_.data()) shm_queue<T>(capacity, first_turn)) {}

    shm_queue<T>* operator->() const { return queue_; }
    shm_queue<T>& operator*() const { return *queue_; }

    [[nodiscard]] std::atomic<std::uint64_t>& word(std::uint64_t slot) const {
        const std::size_t size = shm_queue<T>::size_for(2) - shm_queue<T>::size_for(1);
        std::byte* const at = memory_.data() + sizeof(shm_queue<T>) + slot * size;
        return *std::launder(reinterpret_cast<std::atomic<std::uint64_t>*>(at));
    }

    /// Claims slot `slot` for `self` as a push or a pop does, and goes no further.
    void claim(std::uint64_t slot, slot_state as, std::size_t self) const {
        const std::uint64_t turn = word(slot).load() & ((std::uint64_t{1} << 48) - 1);
        word(slot).store(std::uint64_t{as} << 62 | std::uint64_t{self} << 48 | turn);
    }

private:
    os::mapping memory_;
    shm_queue<T>* queue_;
};

/// Runs `f(index)` in a child that has joined, and kills it then; gives the index.
template <class T, class F> std::size_t killed_after(const made<T>& queue, F f) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    const pid_t id = ::fork();
    if (id == 0) {
        const std::size_t index = queue->join();
        f(index);
        if (::write(ends[1], &index, sizeof index) < 0) ::_exit(1);
        ::raise(SIGKILL);
    }
    ::close(ends[1]);
    std::size_t index = 0;
    const auto count = ::read(ends[0], &index, sizeof index);
    ::close(ends[0]);
    ::waitpid(id, nullptr, 0);
    if (count != sizeof index) throw std::runtime_error("the child did not get there");
    return index;
}

template <class T> std::optional<T> pop(const made<T>& queue, std::size_t self) {
    std::optional<T> value;
    static_cast<void>(queue->try_pop(self, value));
    return value;
}

/// The whole capacity can be used, lap after lap.
void check_laps(const made<int>& queue, std::size_t self, int laps = 3) {
    const auto capacity = static_cast<int>(queue->capacity());
    for (int lap = 0; lap < laps; ++lap) {
        for (int i = 0; i < capacity; ++i) {
            REQUIRE(queue->try_push(self, lap * 100 + i) == attempt::done);
            REQUIRE(queue->size() == static_cast<std::size_t>(i + 1));
        }
        REQUIRE(queue->try_push(self, -1) == attempt::full);
        for (int i = 0; i < capacity; ++i) REQUIRE(pop(queue, self) == lap * 100 + i);
        std::optional<int> none;
        REQUIRE(queue->try_pop(self, none) == attempt::full);
        REQUIRE_FALSE(none);
    }
}

} // namespace

TEST_CASE("a queue in shared memory holds exactly its capacity, first in first out") {
    for (const std::uint64_t capacity : {1U, 2U, 3U, 4U, 7U}) {
        INFO("capacity " << capacity);
        const made<int> queue(capacity);
        CHECK(queue->capacity() == capacity);
        const std::size_t self = queue->join();
        check_laps(queue, self, 5);
    }
}

TEST_CASE("the count of turns wraps without a trace") {
    for (const std::uint64_t capacity : {1U, 3U, 4U, 5U}) {
        const turns t(capacity);
        for (std::uint64_t before = 0; before <= 2 * capacity; ++before) {
            INFO("capacity " << capacity << ", " << before << " turns before the end");
            const made<int> queue(capacity, (t.modulus() - before) % t.modulus());
            const std::size_t self = queue->join();
            check_laps(queue, self, 4);
            // And with as many in it as there can be, over the wrap.
            std::deque<int> expected;
            for (int i = 0; i < static_cast<int>(4 * capacity); ++i) {
                if (expected.size() == capacity) {
                    REQUIRE(pop(queue, self) == expected.front());
                    expected.pop_front();
                }
                REQUIRE(queue->try_push(self, i) == attempt::done);
                expected.push_back(i);
                REQUIRE(queue->size() == expected.size());
            }
        }
    }
}

TEST_CASE("a queue is empty when no value waits, whatever else is going on in it") {
    const made<int> queue(2);
    const std::size_t self = queue->join();
    CHECK(queue->empty());
    queue.claim(0, writing, self);
    CHECK(queue->empty());
    CHECK(queue->try_push(self, 1) == attempt::done);
    CHECK_FALSE(queue->empty());
    queue.claim(1, reading, self);
    CHECK(queue->empty());
}

TEST_CASE("what a try would find can be asked before") {
    const made<int> queue(2);
    const std::size_t self = queue->join();
    CHECK(queue->can_push());
    CHECK_FALSE(queue->can_pop());
    CHECK(queue->try_push(self, 1) == attempt::done);
    CHECK(queue->can_pop());
    CHECK(queue->try_push(self, 2) == attempt::done);
    CHECK_FALSE(queue->can_push());
}

TEST_CASE("a closed queue takes nothing, and gives what is in it") {
    const made<int> queue(3);
    const std::size_t self = queue->join();
    CHECK(queue->try_push(self, 1) == attempt::done);
    CHECK(queue->try_push(self, 2) == attempt::done);
    CHECK_FALSE(queue->closed());
    queue->close();
    queue->close();
    CHECK(queue->closed());
    CHECK(queue->try_push(self, 3) == attempt::closed);
    CHECK(pop(queue, self) == 1);
    CHECK(pop(queue, self) == 2);
    std::optional<int> none;
    CHECK(queue->try_pop(self, none) == attempt::closed);
    CHECK_FALSE(none);
}

TEST_CASE("closing rings both bells") {
    const made<int> queue(1);
    const auto pushed = queue->pushed().prepare();
    const auto popped = queue->popped().prepare();
    queue->close();
    CHECK(queue->pushed().wait(pushed, core::deadline::passed()));
    CHECK(queue->popped().wait(popped, core::deadline::passed()));
}

TEST_CASE("a push and a pop ring the bell of those who wait for them") {
    const made<int> queue(1);
    const std::size_t self = queue->join();
    const auto pushed = queue->pushed().prepare();
    CHECK(queue->try_push(self, 1) == attempt::done);
    CHECK(queue->pushed().wait(pushed, core::deadline::passed()));
    const auto popped = queue->popped().prepare();
    CHECK(pop(queue, self) == 1);
    CHECK(queue->popped().wait(popped, core::deadline::passed()));
}

TEST_CASE("what is being written is waited for, by who sees the queue closed as well") {
    const made<int> queue(3);
    const std::size_t self = queue->join();
    queue.claim(0, writing, self);
    std::optional<int> none;
    CHECK(queue->try_pop(self, none) == attempt::pending);
    CHECK_FALSE(queue->can_pop());
    CHECK(queue->size() == 0);
    CHECK(queue->try_push(self, 7) == attempt::done); // into the next one
    CHECK(queue->try_pop(self, none) == attempt::pending);
    queue->close();
    CHECK(queue->try_pop(self, none) == attempt::pending);
}

TEST_CASE("what a killed producer was writing is given back, and nothing else is touched") {
    const made<int> queue(4);
    const std::size_t self = queue->join();
    CHECK(queue->try_push(self, 1) == attempt::done);
    const std::size_t dead = killed_after(queue, [&](std::size_t me) {
        support::demand(queue->try_push(me, 2) == attempt::done, "a push that was confirmed");
        queue.claim(2, writing, me);
    });
    CHECK(dead != self);
    CHECK(queue->try_push(self, 3) == attempt::done);
    CHECK(queue->try_push(self, 4) == attempt::full);
    CHECK(pop(queue, self) == 1);
    CHECK(pop(queue, self) == 2); // it lived to confirm this one
    std::optional<int> none;
    CHECK(queue->try_pop(self, none) == attempt::pending);
    CHECK(queue->recover_pop());
    CHECK(pop(queue, self) == 3);
    CHECK(queue->try_pop(self, none) == attempt::full);
    check_laps(queue, self);
}

TEST_CASE("what a killed consumer had in hand is lost, and nothing else is") {
    const made<int> queue(3);
    const std::size_t self = queue->join();
    for (const int i : {1, 2, 3}) CHECK(queue->try_push(self, i) == attempt::done);
    killed_after(queue, [&](std::size_t me) { queue.claim(0, reading, me); });
    CHECK(queue->try_push(self, 4) == attempt::full);
    CHECK(queue->recover_push());
    CHECK(queue->try_push(self, 4) == attempt::done);
    for (const int i : {2, 3, 4}) CHECK(pop(queue, self) == i);
    check_laps(queue, self);
}

TEST_CASE("the size is right after those who were about to count are dead") {
    const made<int> queue(3);
    const std::size_t self = queue->join();
    for (const int i : {1, 2, 3}) CHECK(queue->try_push(self, i) == attempt::done);
    killed_after(queue, [&](std::size_t me) { queue.claim(0, reading, me); });
    CHECK(queue->size() == 2);
    CHECK(queue->recover_push());
    CHECK(queue->size() == 2);
    CHECK(queue->try_push(self, 4) == attempt::done);
    CHECK(queue->size() == 3);
}

TEST_CASE("one that dies with slots of every kind gives all of them back") {
    for (const std::uint64_t before : {0U, 1U, 2U, 3U, 4U, 5U}) {
        INFO(before << " turns before the wrap");
        const made<int> queue(4, (turns(4).modulus() - before) % turns(4).modulus());
        const std::size_t self = queue->join();
        const std::uint64_t first = (4 - before % 4) % 4;
        CHECK(queue->try_push(self, 1) == attempt::done);
        CHECK(queue->try_push(self, 2) == attempt::done);
        killed_after(queue, [&](std::size_t me) {
            queue.claim(first, reading, me);
            queue.claim((first + 2) % 4, writing, me);
            queue.claim((first + 3) % 4, writing, me);
        });
        CHECK(queue->try_push(self, 3) == attempt::full);
        CHECK(queue->recover_push());
        CHECK(pop(queue, self) == 2);
        check_laps(queue, self, 4);
    }
}

TEST_CASE("a closed queue is drained once what a killed producer claimed is given back") {
    const made<int> queue(2);
    const std::size_t self = queue->join();
    killed_after(queue, [&](std::size_t me) { queue.claim(0, writing, me); });
    queue->close();
    std::optional<int> none;
    CHECK(queue->try_pop(self, none) == attempt::pending);
    CHECK(queue->recover_pop());
    CHECK(queue->try_pop(self, none) == attempt::closed);
}

TEST_CASE("there is nothing to recover where nobody is in the way") {
    const made<int> queue(2);
    const std::size_t self = queue->join();
    CHECK(queue->recover_push()); // there is room
    CHECK_FALSE(queue->recover_pop());
    CHECK(queue->try_push(self, 1) == attempt::done);
    CHECK(queue->try_push(self, 2) == attempt::done);
    CHECK_FALSE(queue->recover_push()); // full
    CHECK(queue->recover_pop());        // there is a value
}

TEST_CASE("recovering the dead rings both bells, for they may have owed it") {
    const made<int> queue(2);
    killed_after(queue, [&](std::size_t me) { queue.claim(0, writing, me); });
    const auto pushed = queue->pushed().prepare();
    const auto popped = queue->popped().prepare();
    CHECK(queue->recover_pop());
    CHECK(queue->pushed().wait(pushed, core::deadline::passed()));
    CHECK(queue->popped().wait(popped, core::deadline::passed()));
}

TEST_CASE("what the living hold is left to them, also where it is in the way") {
    const made<int> queue(3);
    const std::size_t self = queue->join();
    CHECK(queue->try_push(self, 1) == attempt::done);
    queue.claim(0, reading, self);
    queue.claim(1, writing, self);
    const auto held = queue.word(0).load();
    const auto written = queue.word(1).load();
    killed_after(queue, [&](std::size_t me) { queue.claim(2, writing, me); });
    CHECK_FALSE(queue->recover_pop());
    CHECK_FALSE(queue->recover_push());
    CHECK(queue.word(0).load() == held);
    CHECK(queue.word(1).load() == written);
}

TEST_CASE("a successor in a dead one's place is not taken for it") {
    const made<int> queue(3);
    const std::size_t dead =
        killed_after(queue, [&](std::size_t me) { queue.claim(0, writing, me); });
    CHECK(queue->recover_pop());
    const std::size_t self = queue->join();
    CHECK(self == dead);
    queue.claim(1, writing, self);
    const auto held = queue.word(1).load();
    CHECK_FALSE(queue->recover_pop());
    CHECK(queue.word(1).load() == held);
}

TEST_CASE("joining a full table recovers what the dead held there") {
    const made<int> queue(2);
    killed_after(queue, [&](std::size_t me) { queue.claim(0, writing, me); });
    std::size_t last = 0;
    for (std::size_t i = 0; i < braid::detail::ipc::participant_table::capacity; ++i) {
        last = queue->join();
    }
    CHECK(last == 0); // the dead one's
    CHECK(queue.word(0).load() == 2);
    queue->leave(last);
    CHECK(queue->join() == last);
}

TEST_CASE("values of any size come out as they went in") {
    struct one {
        unsigned char byte;
    };
    struct three {
        unsigned char bytes[3];
    };
    struct alignas(64) large {
        std::uint64_t words[512];
    };
    const made<one> ones(3);
    CHECK(ones->try_push(ones->join(), one{200}) == attempt::done);
    CHECK(pop(ones, 0)->byte == 200);
    const made<three> threes(3);
    CHECK(threes->try_push(threes->join(), three{{1, 2, 3}}) == attempt::done);
    CHECK(threes->try_push(0, three{{4, 5, 6}}) == attempt::done);
    CHECK(pop(threes, 0)->bytes[2] == 3);
    CHECK(pop(threes, 0)->bytes[0] == 4);
    const made<large> larges(2);
    large value{};
    for (std::uint64_t i = 0; i < 512; ++i) value.words[i] = i * i;
    CHECK(larges->try_push(larges->join(), value) == attempt::done);
    const auto back = pop(larges, 0);
    REQUIRE(back);
    bool same = true;
    for (std::uint64_t i = 0; i < 512; ++i) same = same && back->words[i] == i * i;
    CHECK(same);
}

TEST_CASE("many threads push and pop over the wrap, and each value comes once, in its order") {
    constexpr std::uint64_t capacity = 3;
    constexpr std::uint32_t producers = 2;
    constexpr std::uint32_t each = 3000;
    const made<std::uint32_t> queue(capacity, turns(capacity).modulus() - 1000);
    const std::size_t self = queue->join();
    std::vector<std::vector<std::uint32_t>> got(2);
    std::vector<std::thread> threads;
    for (std::uint32_t p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (std::uint32_t i = 0; i < each; ++i) {
                while (queue->try_push(self, p << 16 | i) != attempt::done) {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (auto& mine : got) {
        threads.emplace_back([&] {
            for (;;) {
                std::optional<std::uint32_t> value;
                const attempt last = queue->try_pop(self, value);
                if (last == attempt::closed) return;
                if (value) mine.push_back(*value);
                if (last != attempt::done) std::this_thread::yield();
            }
        });
    }
    for (std::uint32_t p = 0; p < producers; ++p) threads[p].join();
    queue->close();
    for (std::size_t c = producers; c < threads.size(); ++c) threads[c].join();

    std::vector<int> seen(producers << 16);
    for (const auto& mine : got) {
        std::vector<std::int64_t> last(producers, -1);
        for (const std::uint32_t value : mine) {
            ++seen[value];
            const std::int64_t i = value & 0xffff;
            REQUIRE(i > last[value >> 16]);
            last[value >> 16] = i;
        }
    }
    std::size_t once = 0;
    for (const int times : seen) {
        REQUIRE(times <= 1);
        if (times == 1) ++once;
    }
    CHECK(once == producers * each);
}

TEST_CASE("close while pushes run: what was confirmed is popped, what was refused is not") {
    for (int round = 0; round < 100; ++round) {
        const made<int> queue(2);
        const std::size_t self = queue->join();
        std::atomic<int> confirmed{0};
        int popped = 0;
        std::thread producer([&] {
            for (;;) {
                const attempt last = queue->try_push(self, 1);
                if (last == attempt::closed) return;
                if (last == attempt::done) ++confirmed;
            }
        });
        std::thread consumer([&] {
            for (;;) {
                std::optional<int> value;
                if (queue->try_pop(self, value) == attempt::closed) return;
                if (value) ++popped;
            }
        });
        while (confirmed < round % 10) std::this_thread::yield();
        queue->close();
        producer.join();
        consumer.join();
        REQUIRE(popped == confirmed);
        REQUIRE(queue->size() == 0);
    }
}
