// SPDX-License-Identifier: MIT
#pragma once

// support/program — the main function of every benchmark: Google Benchmark's, with repetitions in
// random order so that no contender always runs after the same other, `--fast`, and an exit status
// of 1 when a result was wrong.

#include <benchmark/benchmark.h>

#include <string_view>
#include <vector>

namespace bench {

/// Whether the program only shows that it runs: short, once each, on little data.
inline bool is_fast = false;

/// Fails the benchmark, and the program at its end, unless its result is right.
void expect(benchmark::State& state, bool is_right, const char* otherwise);

/// Runs what `add` registers. What is said on the command line beats the defaults made here.
int run(int argc, char** argv, void (*add)());

// ---- implementation ----

inline bool has_failed = false;

inline void expect(benchmark::State& state, bool is_right, const char* otherwise) {
    if (is_right) return;
    has_failed = true;
    state.SkipWithError(otherwise);
}

inline int run(int argc, char** argv, void (*add)()) {
    char repetitions[] = "--benchmark_repetitions=7";
    char once[] = "--benchmark_repetitions=1";
    char briefly[] = "--benchmark_min_time=0.01";
    char random_order[] = "--benchmark_enable_random_interleaving=true";
    char few_lines[] = "--benchmark_display_aggregates_only=true";
    std::vector<char*> given;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--fast")
            is_fast = true;
        else
            given.push_back(argv[i]);
    }
    std::vector<char*> arguments{argv[0]};
    if (is_fast)
        arguments.insert(arguments.end(), {once, briefly});
    else
        arguments.insert(arguments.end(), {repetitions, random_order, few_lines});
    arguments.insert(arguments.end(), given.begin(), given.end());

    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    benchmark::AddCustomContext("compiler", BENCH_COMPILER);
    add();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return has_failed ? 1 : 0;
}

} // namespace bench
