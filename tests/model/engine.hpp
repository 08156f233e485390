// SPDX-License-Identifier: MIT
#pragma once

// model/engine — runs one execution after another: virtual threads that stop before each operation
// on memory, and the operations themselves.
//
// A thread runs alone from one operation to the next. Each operation is a step, but three that
// touch nothing of others: a store into the own buffer, a fence that has nothing to wait for, and a
// look at the clock.
//
// Each thread has its own clock, which only its own time jumps move: a thread may be late to see
// that time passed. A sleep that ends by time or without reason ends at once, and a spin that gives
// up does so at once: the thread then waits for its next turn, which is the same to the others.

#include <model/fiber.hpp>
#include <model/memory.hpp>
#include <model/search.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace model::detail {

enum class kind : std::uint8_t { load, store, rmw, compare, drain, wait, wake, relax, join };

using update = value (*)(value old, value operand, value mask);

struct operation {
    kind what{};
    const char* name = "";
    int where = -1;
    value operand = 0;
    value expected = 0;
    value mask = ~value{0};
    update how = nullptr; // of a read-modify-write
    std::memory_order order = std::memory_order_seq_cst;
    std::memory_order failure = std::memory_order_seq_cst; // of a compare-exchange
    bool timed = false;
};

enum class sleep_end : std::uint8_t { woken, changed, timed_out };

class engine {
public:
    explicit engine(const options& given)
        : given_(given), memory_(given), search_(given.reduction) {}
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;
    ~engine() { release_kept(); }

    result explore(const std::function<void()>& body);

    /// The engine whose fiber runs; nullptr outside.
    static engine* current() { return inside_; }

    // What a virtual thread calls.
    value perform(operation what);
    value change(operation what); // a read-modify-write
    void store(int where, value content, std::memory_order order);
    void fence();
    void relax();
    [[nodiscard]] std::chrono::nanoseconds now();
    void spawn(std::function<void()> body);
    void join_all();
    void check(bool holds, const char* what);
    [[nodiscard]] int place_of(const void* address, value content);
    void born(const void* address, bool plain, value content);
    void gone(const void* address);
    void plain_access(const void* address, bool write);
    void keep(void* object, void (*destroy)(void*));
    void destroy_now(void* object);

private:
    enum class state : std::uint8_t { ready, asleep, finished };
    enum class ending : std::uint8_t { complete, redundant, failed };

    struct thread {
        fiber stack;
        std::function<void()> body;
        state now = state::finished;
        operation next;
        value answer = 0;
        std::vector<std::pair<int, std::uint32_t>> spun; // read since the last relax, with version
        std::chrono::nanoseconds clock{};
        int jumps_left = 0;
        int spurious_left = 0;
        int wakes = 0;
        int idle_rounds = 0; // forced out of a spin that nothing ends
        std::uint64_t idle_since = 0;
    };
    struct kept {
        void* object;
        void (*destroy)(void*);
    };

    static constexpr std::chrono::hours jump{1};
    static constexpr int idle_limit = 4;

    void release_kept();
    void restart(const std::function<void()>& body);
    ending run(const std::function<void()>& body);
    void start(int t, std::function<void()> body);
    void finish_body(const std::function<void()>& body);
    void run_ready();
    void step(int process);
    [[nodiscard]] process_set enabled() const;
    [[nodiscard]] bool can_go(int t) const;
    [[nodiscard]] bool needs_drained(const operation& next) const;
    [[nodiscard]] bool others_finished(int t) const;
    [[nodiscard]] bool spin_may_end(const thread& who) const;
    process_set time_passes();
    [[nodiscard]] footprint forecast(int process) const;

    footprint flush(int t);
    footprint execute(int t);
    void carry_out(int t, footprint& touched, value old);
    void read(int t, footprint& touched);
    void looked_at(int t, int where);
    void wrote(int t, int where, std::uint32_t before);
    void write(int t, footprint& touched, value old, std::memory_order order);
    void sleep(int t, footprint& touched);
    void wake(int t, footprint& touched, process_set& woken);
    void leave_spin(int t, footprint& touched);

    void fail(const std::string& what);
    [[noreturn]] void stop();
    void stop_at_fault();
    void note(int t, const std::string& what);
    void note_step(int t, value old);

    thread& at(int t) { return threads_[static_cast<std::size_t>(t)]; }
    [[nodiscard]] const thread& at(int t) const { return threads_[static_cast<std::size_t>(t)]; }

    static int content_key(int where) { return 2 * where; }
    static int queue_key(int where) { return 2 * where + 1; }

    static inline engine* inside_ = nullptr;

    const options& given_;
    memory memory_;
    search search_;
    std::array<thread, max_threads> threads_;
    int count_ = 0;   // of threads
    int running_ = 0; // whose fiber runs
    std::vector<int> ready_;
    std::vector<kept> kept_;
    bool forced_ = false; // all are blocked: a spin ends by time
    process_set woken_ = 0;
    int steps_ = 0;
    bool telling_ = false;
    std::string failure_;
    std::string trace_;
};

} // namespace model::detail

#include <model/engine_steps.hpp>
#include <model/engine_threads.hpp>
