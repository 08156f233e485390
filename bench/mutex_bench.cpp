// SPDX-License-Identifier: MIT

// mutex — what a lock costs that nobody else wants, how many times a second threads that fight for
// one get it, how evenly, and what one who waits burns meanwhile.

#include <support/locks.hpp>
#include <support/machine.hpp>
#include <support/program.hpp>

#include <braid/core/cache_line.hpp>
#include <braid/thread/spawn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using braid::detail::core::cache_line;
using steady = std::chrono::steady_clock;

static double seconds_since(steady::time_point start) {
    return std::chrono::duration<double>(steady::now() - start).count();
}

// ---- uncontended ----

// A thread sleeps beside: without one, glibc leaves out the atomic operations of its own locks.
template <class Lock> static void uncontended(benchmark::State& state) {
    std::latch over(1);
    const auto sleeper = braid::thread::spawn([&] { over.wait(); });
    alignas(cache_line) Lock lock;
    std::uint64_t counter = 0;
    for (auto _ : state) {
        lock.lock();
        benchmark::DoNotOptimize(++counter);
        lock.unlock();
    }
    over.count_down();
    const auto loops = static_cast<std::uint64_t>(state.iterations());
    bench::expect(state, counter == loops, "the counter is not the number of loops");
}

// ---- contended ----

/// The counter travels with the lock.
template <class Lock> struct same_line {
    alignas(cache_line) Lock lock;
    std::uint64_t counter = 0;

    static_assert(sizeof(Lock) + sizeof(counter) <= 64);
};

/// The counter's line is one more to fetch.
template <class Lock> struct other_line {
    alignas(cache_line) Lock lock;
    alignas(cache_line) std::uint64_t counter = 0;
};

/// What one thread had of it.
struct alignas(cache_line) share {
    std::uint64_t locks = 0;
    double cpu_time = 0;
};

struct contest {
    std::size_t threads;
    bool pinned;
};

template <class Guarded>
static void hammer(Guarded& guarded, const std::atomic<bool>& over, share& mine) {
    const double before = bench::thread_cpu_time();
    std::uint64_t locks = 0;
    while (!over.load(std::memory_order_relaxed)) {
        guarded.lock.lock();
        ++guarded.counter;
        guarded.lock.unlock();
        ++locks;
    }
    mine = {locks, bench::thread_cpu_time() - before};
}

/// How long a fight took, in seconds: until the threads were told to end, and until they had.
struct duration {
    double told = 0;
    double ended = 0;
};

/// Lets the threads fight for a fixed time.
template <class Guarded>
static duration fight(Guarded& guarded, const contest& how, std::vector<share>& shares) {
    std::atomic<bool> over{false};
    std::latch ready(static_cast<std::ptrdiff_t>(how.threads));
    std::latch start(1);
    std::vector<braid::thread::handle> threads;
    for (std::size_t i = 0; i < how.threads; ++i) {
        const auto body = [&, i] {
            ready.count_down();
            start.wait();
            hammer(guarded, over, shares[i]);
        };
        if (how.pinned)
            threads.push_back(braid::thread::spawn({.cpus = {bench::processor_for(i)}}, body));
        else
            threads.push_back(braid::thread::spawn(body));
    }
    ready.wait();
    duration took;
    const auto began = steady::now();
    start.count_down();
    std::this_thread::sleep_for(bench::is_fast ? 10ms : 300ms);
    over.store(true, std::memory_order_relaxed);
    took.told = seconds_since(began);
    threads.clear();
    took.ended = seconds_since(began);
    return took;
}

template <class Guarded> static void contended(benchmark::State& state, contest how) {
    for (auto _ : state) {
        Guarded guarded;
        std::vector<share> shares(how.threads);
        const bench::others others;
        const duration took = fight(guarded, how, shares);

        std::uint64_t locks = 0;
        double cpu_time = 0;
        for (const share& one : shares) {
            locks += one.locks;
            cpu_time += one.cpu_time;
        }
        bench::expect(state, guarded.counter == locks, "the counter is not the sum of all loops");
        const auto [least, most] = std::ranges::minmax(shares, {}, &share::locks);
        state.SetIterationTime(took.told);
        state.SetItemsProcessed(static_cast<std::int64_t>(locks));
        state.counters["least_to_most_share"] =
            static_cast<double>(least.locks) / static_cast<double>(most.locks);
        state.counters["processors_busy"] = cpu_time / took.ended;
        state.counters["others"] = others.share();
    }
}

// ---- waiting ----

// The time of this one is the processor time that the waiter used while it waited.
template <class Lock> static void waiter_cpu(benchmark::State& state) {
    alignas(cache_line) Lock lock;
    for (auto _ : state) {
        double burned = 0;
        lock.lock();
        {
            const auto waiter = braid::thread::spawn([&] {
                const double before = bench::thread_cpu_time();
                lock.lock();
                burned = bench::thread_cpu_time() - before;
                lock.unlock();
            });
            std::this_thread::sleep_for(20ms);
            lock.unlock();
        }
        state.SetIterationTime(burned);
    }
}

// ---- all of them ----

template <class Guarded> static void add_contended(const std::string& place, const char* name) {
    for (const bool pinned : {true, false}) {
        for (const std::size_t threads : {2U, 4U, 8U}) {
            const std::string title = "contended/" + place + (pinned ? "/pinned/" : "/unpinned/") +
                                      std::to_string(threads) + "_threads/" + name;
            benchmark::RegisterBenchmark(title.c_str(), contended<Guarded>,
                                         contest{threads, pinned})
                ->UseManualTime()
                ->Iterations(1)
                ->Unit(benchmark::kMillisecond);
        }
    }
}

static void add() {
    bench::for_each_lock([]<class Lock>(const char* name) {
        const std::string title = std::string("uncontended/") + name;
        benchmark::RegisterBenchmark(title.c_str(), uncontended<Lock>);
    });
    bench::for_each_lock(
        []<class Lock>(const char* name) { add_contended<same_line<Lock>>("same_line", name); });
    bench::for_each_lock(
        []<class Lock>(const char* name) { add_contended<other_line<Lock>>("other_line", name); });
    bench::for_each_lock([]<class Lock>(const char* name) {
        const std::string title = std::string("cpu_of_a_waiter/held_20_ms/") + name;
        benchmark::RegisterBenchmark(title.c_str(), waiter_cpu<Lock>)
            ->UseManualTime()
            ->Iterations(bench::is_fast ? 1 : 10)
            ->Unit(benchmark::kMillisecond);
    });
}

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
