// SPDX-License-Identifier: MIT

// parallel_sum — 1 to 100,000,000 are summed by one process, by eight that send what they found
// through a queue, and by two threads. The numbers are made once, in shared memory, and not copied.

#include <braid/braid.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

namespace process = braid::process;
namespace thread = braid::thread;
using numbers = std::span<const std::int64_t>;

static std::int64_t sum(numbers part) {
    return std::accumulate(part.begin(), part.end(), std::int64_t{0});
}

static numbers slice(numbers all, std::size_t index, std::size_t parts) {
    const std::size_t length = all.size() / parts;
    return all.subspan(index * length, length);
}

// [processes]
static std::int64_t sum_by_processes(numbers all) {
    process::queue<std::int64_t> results(8);
    std::vector<process::handle> workers;
    for (std::size_t i = 0; i < 8; ++i) {
        workers.push_back(process::spawn([&, i] { results.push(sum(slice(all, i, 8))); }));
    }
    for (auto& worker : workers) worker.join();
    std::int64_t total = 0;
    while (!results.empty()) total += results.pop();
    return total;
}
// [/processes]

static std::int64_t sum_by_threads(numbers all) {
    std::int64_t half[2];
    {
        auto first = thread::spawn([&] { half[0] = sum(slice(all, 0, 2)); });
        auto second = thread::spawn([&] { half[1] = sum(slice(all, 1, 2)); });
    }
    return half[0] + half[1];
}

template <class F> static void timed(const char* who, F f) {
    const auto start = std::chrono::steady_clock::now();
    const auto total = static_cast<long long>(f());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("%-12s %lld in %6.1f ms\n", who, total, took.count());
}

int main(int argc, char** argv) {
    const bool fast = argc > 1 && argv[1] == std::string_view("--fast");
    process::shared_array<std::int64_t> all(fast ? 1'000'000 : 100'000'000);
    std::iota(all.begin(), all.end(), 1);

    timed("1 process", [&] { return sum(all); });
    timed("8 processes", [&] { return sum_by_processes(all); });
    timed("2 threads", [&] { return sum_by_threads(all); });
}
