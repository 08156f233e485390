// SPDX-License-Identifier: MIT

// parallel_sum — how long the sum of 100,000,000 numbers in memory takes: by one thread, by the
// peers' reductions, by two threads, and by processes that are started for it and send what they
// found through a queue. The numbers are made once, in a shared_array. The start of braid's threads
// and processes counts; the peers keep their threads.

#include <support/machine.hpp>
#include <support/program.hpp>

#include <braid/exec/available_parallelism.hpp>
#include <braid/process/queue.hpp>
#include <braid/process/shared_array.hpp>
#include <braid/process/spawn.hpp>
#include <braid/thread/spawn.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <vector>

#if BENCH_HAS_TBB
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

#include <execution>
#endif

using namespace std::chrono_literals;
namespace process = braid::process;
namespace thread = braid::thread;
using numbers = std::span<const std::int64_t>;

// ---- the contenders ----

/// The one loop that all of braid's contenders run.
[[gnu::noinline]] static std::int64_t sum(numbers part) {
    std::int64_t total = 0;
    for (const std::int64_t number : part) total += number;
    return total;
}

static numbers slice(numbers all, std::size_t index, std::size_t parts) {
    const std::size_t first = all.size() * index / parts;
    return all.subspan(first, all.size() * (index + 1) / parts - first);
}

static std::int64_t by_two_threads(numbers all) {
    std::int64_t half[2];
    {
        const auto first = thread::spawn([&] { half[0] = sum(slice(all, 0, 2)); });
        const auto second = thread::spawn([&] { half[1] = sum(slice(all, 1, 2)); });
    }
    return half[0] + half[1];
}

static std::int64_t by_processes(numbers all, std::size_t count) {
    process::queue<std::int64_t> results(count);
    std::vector<process::handle> workers;
    for (std::size_t i = 0; i < count; ++i) {
        workers.push_back(process::spawn([&, i] { results.push(sum(slice(all, i, count))); }));
    }
    for (auto& worker : workers) worker.join();
    std::int64_t total = 0;
    while (!results.empty()) total += results.pop();
    return total;
}

#if BENCH_HAS_OPENMP
static std::int64_t by_openmp(numbers all) {
    std::int64_t total = 0;
    const auto count = static_cast<std::int64_t>(all.size());
    const std::int64_t* const first = all.data();
#pragma omp parallel for reduction(+ : total)
    for (std::int64_t i = 0; i < count; ++i) total += first[i];
    return total;
}
#endif

#if BENCH_HAS_TBB
static std::int64_t by_tbb(numbers all) {
    return tbb::parallel_reduce(
        tbb::blocked_range<const std::int64_t*>(all.data(), all.data() + all.size()),
        std::int64_t{0},
        [](const auto& part, std::int64_t total) {
            for (const std::int64_t number : part) total += number;
            return total;
        },
        std::plus<>());
}

#ifdef __cpp_lib_execution
static std::int64_t by_std_reduce(numbers all) {
    return std::reduce(std::execution::par_unseq, all.begin(), all.end());
}
#endif
#endif

// ---- the measurement ----

struct memory {
    process::shared_array<std::int64_t> all;
    std::int64_t total = 0;
    double share_in_huge_pages = 0;

    memory() : all(bench::is_fast ? 1'000'000 : 100'000'000) {
        std::iota(all.begin(), all.end(), 1);
        const auto count = static_cast<std::int64_t>(all.size());
        total = count * (count + 1) / 2;
        share_in_huge_pages = bench::share_in_huge_pages(all.data());
    }
};

template <class F> static void measure(benchmark::State& state, F f) {
    static const memory made; // at first need, and then kept
    const numbers all = made.all;
    constexpr const char* wrong = "the sum is wrong";

    // The peers' threads of the last repetition go on spinning for a while.
    if (!bench::is_fast) std::this_thread::sleep_for(50ms);
    bench::expect(state, f(all) == made.total, wrong); // starts the peers' threads

    double best = std::numeric_limits<double>::infinity();
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        const std::int64_t total = f(all);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        bench::expect(state, total == made.total, wrong);
        state.SetIterationTime(took.count());
        best = std::min(best, took.count());
    }
    state.counters["best_ms"] = best * 1e3;
    state.counters["share_in_huge_pages"] = made.share_in_huge_pages;
}

static void add_all() {
    const auto add = [](const std::string& name, auto f) {
        benchmark::RegisterBenchmark(("sum/" + name).c_str(), measure<decltype(f)>, f)
            ->UseManualTime()
            ->Iterations(bench::is_fast ? 1 : 10)
            ->Unit(benchmark::kMillisecond);
    };
    add("braid_2_threads", by_two_threads);
    add("braid_8_processes", [](numbers all) { return by_processes(all, 8); });
    add("braid_a_process_per_cpu",
        [](numbers all) { return by_processes(all, braid::available_parallelism()); });
#if BENCH_HAS_OPENMP
    add("openmp", by_openmp);
#endif
#if BENCH_HAS_TBB
    add("tbb", by_tbb);
#ifdef __cpp_lib_execution
    add("std_reduce", by_std_reduce);
#endif
#endif
    add("serial", sum);
}

int main(int argc, char** argv) { return bench::run(argc, argv, add_all); }
