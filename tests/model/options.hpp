// SPDX-License-Identifier: MIT
#pragma once

// model/options — what an exploration is asked for and what it answers, and the vector clocks that
// the parts of the checker share.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace model {

/// Sanitizers make an execution 10 to 80 times slower, and look for other things: there, an
/// exploration with reduction ends well after this many.
inline constexpr std::uint64_t enough_under_sanitizers = 10'000;

/// The bounds, choices and mutations of one exploration.
struct options {
    /// How often each thread may find that an hour has passed: at a look at the clock, or in a spin
    /// that gives up while other threads still run. A spin that nothing can end gives up without.
    int time_jumps = 0;
    /// How often each thread may wake from a futex without reason.
    int spurious_wakes = 0;
    /// Stores that are not seq_cst may stay invisible to others until the thread's next
    /// read-modify-write, fence or futex call (x86's total store order).
    bool store_buffers = true;
    /// Runs one schedule of each set of equivalent ones; without it, runs every schedule.
    bool reduction = true;

    std::uint64_t max_executions = 10'000'000;
    std::chrono::milliseconds max_time{120'000};
    int max_steps = 1'000; // of one execution: more is an endless loop
    /// Reaching max_executions or max_time is no failure: part of the schedules is enough.
    bool allow_partial = false;

    // Mutations: each breaks the code under test where it leans on what is taken away.
    bool ignore_fences = false;    // a fence does nothing
    bool weaken_release = false;   // release publishes nothing
    bool weaken_acquire = false;   // acquire sees nothing
    bool weaken_seq_cst = false;   // a seq_cst store is buffered as a release store is
    bool tear_rmw = false;         // a read-modify-write is a load and then a store
    int lose_wake = 0;             // each thread's n-th call of futex_wake wakes nobody
    bool wake_one_at_most = false; // futex_wake of many wakes one
};

/// What an exploration found.
struct result {
    bool ok = false;
    std::string message;          // what went wrong, empty if nothing
    std::string trace;            // the steps that lead there, a line each
    std::uint64_t executions = 0; // that ran to their end
    std::uint64_t redundant = 0;  // that were given up, being equivalent to others
};

namespace detail {

inline constexpr int max_threads = 4; // the body's own, and three more
/// A thread, and the store buffer behind it, which acts by itself.
inline constexpr int max_processes = 2 * max_threads;

constexpr int buffer_of(int thread) { return thread + max_threads; }
constexpr int thread_of(int process) { return process % max_threads; }

/// A set of processes.
using process_set = std::uint32_t;
constexpr process_set only(int process) { return process_set{1} << process; }

/// For each of N actors, how many of its events are known.
template <int N> struct vector_clock {
    std::array<std::uint32_t, N> known{};

    void join(const vector_clock& other) {
        for (std::size_t i = 0; i < N; ++i) known[i] = std::max(known[i], other.known[i]);
    }
    std::uint32_t& of(int actor) { return known[static_cast<std::size_t>(actor)]; }
    std::uint32_t of(int actor) const { return known[static_cast<std::size_t>(actor)]; }

    /// The first actor of whom `other` knows something that this one does not, or -1.
    int missing(const vector_clock& other) const {
        for (int i = 0; i < N; ++i) {
            if (other.of(i) > of(i)) return i;
        }
        return -1;
    }
};

using thread_clock = vector_clock<max_threads>;    // C++'s happens-before
using process_clock = vector_clock<max_processes>; // which steps cannot change places

/// What a step touches: two steps that do not conflict may change places.
struct footprint {
    struct access {
        int key;
        bool write;
    };
    static constexpr std::size_t capacity = 4; // more counts as everything
    std::array<access, capacity> touched;
    std::size_t count = 0;
    bool everything = false;

    void add(int key, bool write) {
        if (count == capacity) {
            everything = true;
            return;
        }
        touched[count++] = {key, write};
    }

    bool conflicts(const footprint& other) const {
        if (everything || other.everything) return true;
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < other.count; ++j) {
                if (touched[i].key != other.touched[j].key) continue;
                if (touched[i].write || other.touched[j].write) return true;
            }
        }
        return false;
    }
};

} // namespace detail
} // namespace model
