// SPDX-License-Identifier: MIT

// A storm of SIGKILLs over one queue: producers and consumers are killed at random and replaced,
// and every value is accounted for.

#include <braid/process/queue.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/shared_array.hpp>
#include <braid/process/spawn.hpp>

#include <support/catch.hpp>
#include <support/seed.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace process = braid::process;

namespace {

constexpr std::uint32_t lives = 1 << 14;       // of producers, one after another
constexpr std::uint32_t values_per_life = 512; // then a producer ends by itself

/// Value `sequence` of the producer of that life.
struct message {
    std::uint32_t life;
    std::uint32_t sequence;
    std::uint64_t noise[5];
};

message message_of(std::uint32_t life, std::uint32_t sequence) {
    message m{life, sequence, {}};
    std::uint64_t n = std::uint64_t{life} << 32 | sequence;
    for (auto& word : m.noise) word = n = n * 6364136223846793005U + 1442695040888963407U;
    return m;
}

bool is_whole(const message& m) {
    if (m.life >= lives || m.sequence >= values_per_life) return false;
    return std::ranges::equal(m.noise, message_of(m.life, m.sequence).noise);
}

using counter = process::shared<std::atomic<std::uint64_t>>;

/// What is written down outside of the queue.
struct book {
    process::shared_array<std::atomic<std::uint32_t>> confirmed{lives}; ///< pushes that returned
    process::shared_array<std::atomic<std::uint8_t>> seen{lives * values_per_life};
    counter popped{std::uint64_t{0}};
    counter torn{std::uint64_t{0}};
    counter stop{std::uint64_t{0}};
};

void produce(process::queue<message> to, const book& in, std::uint32_t life) {
    for (std::uint32_t i = 0; i < values_per_life && *in.stop == 0; ++i) {
        to.push(message_of(life, i));
        in.confirmed[life] = i + 1;
    }
}

void note(const book& in, const message& m) {
    if (!is_whole(m)) {
        ++*in.torn;
        return;
    }
    ++in.seen[std::size_t{m.life} * values_per_life + m.sequence];
    ++*in.popped;
}

void consume(process::queue<message> from, const book& in) {
    for (;;) note(in, from.pop());
}

/// Producers and consumers, killed and replaced.
class storm {
public:
    storm(process::queue<message> queue, book in, std::mt19937_64 random)
        : queue_(std::move(queue)), book_(std::move(in)), random_(random) {
        for (int i = 0; i < 3; ++i) {
            workers_.push_back(start(true));
            workers_.push_back(start(false));
        }
    }

    /// False if nothing was popped for 20 s.
    bool rage(std::chrono::seconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        auto progress = std::chrono::steady_clock::now();
        std::uint64_t popped = 0;
        while (std::chrono::steady_clock::now() < end && life_ + 8 < lives) {
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2000));
            replace_ended();
            kill_one(random_() % workers_.size());
            const auto now = std::chrono::steady_clock::now();
            if (*book_.popped != popped) progress = now;
            popped = *book_.popped;
            if (now - progress > 20s) return false;
        }
        return true;
    }

    /// Ends the producers by asking, and the consumers, once there is nothing left, by killing.
    bool calm() {
        *book_.stop = 1;
        for (worker& w : workers_) {
            if (w.produces && !w.handle.join_for(20s)) return false;
        }
        const auto give_up = std::chrono::steady_clock::now() + 20s;
        while (!queue_.empty()) {
            if (std::chrono::steady_clock::now() > give_up) return false;
            std::this_thread::sleep_for(1ms);
        }
        for (worker& w : workers_) {
            if (w.produces) continue;
            w.handle.kill();
            w.handle.join();
            ++consumers_killed;
        }
        return true;
    }

    int producers_killed = 0;
    int consumers_killed = 0;
    int odd_ends = 0;

private:
    struct worker {
        bool produces;
        process::handle handle;
    };

    worker start(bool produces) {
        if (!produces) return {false, process::spawn(consume, queue_, book_)};
        return {true, process::spawn(produce, queue_, book_, life_++)};
    }

    void replace_ended() {
        for (worker& w : workers_) {
            const auto how = w.handle.status();
            if (!how) continue;
            if (!how->success() || !w.produces) ++odd_ends;
            w = start(w.produces);
        }
    }

    void kill_one(std::size_t which) {
        worker& w = workers_[which];
        w.handle.kill();
        if (w.handle.join().signal() == SIGKILL)
            ++(w.produces ? producers_killed : consumers_killed);
        w = start(w.produces);
    }

    process::queue<message> queue_;
    book book_;
    std::mt19937_64 random_;
    std::uint32_t life_ = 0;
    std::vector<worker> workers_;
};

} // namespace

TEST_CASE("in a storm of SIGKILLs nothing is torn, doubled or lost but what the dead had in hand") {
    for (const int capacity : {1, 16}) {
        INFO("capacity " << capacity);
        process::queue<message> queue(capacity);
        const book in;
        storm over(queue, in, support::seeded("kill storm"));
        REQUIRE(over.rage(3s));
        REQUIRE(over.calm());
        while (const auto last = queue.pop_for(200ms)) note(in, *last);

        std::uint64_t lost = 0;
        std::uint64_t doubled = 0;
        std::uint64_t unpushed = 0;
        std::uint64_t confirmed = 0;
        for (std::uint32_t life = 0; life < lives; ++life) {
            const std::uint32_t pushed = in.confirmed[life];
            confirmed += pushed;
            for (std::uint32_t i = 0; i < values_per_life; ++i) {
                const int seen = in.seen[std::size_t{life} * values_per_life + i];
                if (seen == 0 && i < pushed) ++lost;
                if (seen > 1) ++doubled;
                if (seen > 0 && i > pushed) ++unpushed; // one was pushed and not written down
            }
        }
        INFO(over.producers_killed << " producers and " << over.consumers_killed
                                   << " consumers were killed; " << confirmed
                                   << " pushes were confirmed, " << lost << " lost");
        CHECK(*in.torn == 0);
        CHECK(doubled == 0);
        CHECK(unpushed == 0);
        CHECK(lost <= static_cast<std::uint64_t>(over.consumers_killed));
        CHECK(over.odd_ends == 0);
        CHECK(confirmed > 0);
        CHECK(over.producers_killed + over.consumers_killed > 20);

        for (int lap = 0; lap < 3; ++lap) {
            for (int i = 0; i < capacity; ++i) REQUIRE(queue.try_push(message_of(0, 7)));
            REQUIRE_FALSE(queue.try_push(message_of(0, 7)));
            for (int i = 0; i < capacity; ++i) REQUIRE(is_whole(queue.pop()));
            REQUIRE_FALSE(queue.try_pop());
        }
    }
}
