// SPDX-License-Identifier: MIT
#pragma once

// exec/strand — what a running strand is known by, whichever kind it is: its number, its name, its
// stop request. Code that waits asks for "this strand" and need not know whether a thread or the
// main thread of a process runs it.

#include <braid/core/atomic.hpp>
#include <braid/os/thread.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

namespace braid::inline v1::detail::exec {

/// One strand of execution.
struct strand {
    std::uint64_t number; ///< never used twice in a process; the main thread has 1
    std::string name;
    std::stop_source stop{std::nostopstate}; ///< without a state: cannot be stopped
    core::atomic<int> no_stop{0};            ///< how many scopes forbid stop points
};

/// A number that no strand of this process had.
[[nodiscard]] inline std::uint64_t next_strand_number() noexcept {
    static constinit core::atomic<std::uint64_t> last{1};
    return last.fetch_add(1, core::relaxed) + 1; // relaxed: only to be different
}

/// The strand that runs on this thread; a thread that the library did not start is taken in under
/// the name that the kernel has for it, the main thread as "MainThread".
[[nodiscard]] strand& this_strand();

/// Makes `who` the strand of this thread until the thread ends; nullptr lets it be taken in anew.
void set_this_strand(strand* who) noexcept;

// ---- implementation ----

/// Not inlined, and opaque: Clang keeps the address of a thread-local across a coroutine's
/// suspension, after which the coroutine may run on another thread.
[[gnu::noinline]] inline strand*& this_strand_slot() noexcept {
    static thread_local constinit strand* current = nullptr;
    strand** where = &current;
    asm volatile("" : "+r"(where));
    return *where;
}

inline strand& adopt_this_thread() {
    if (os::is_main_thread()) {
        // Lives to the end of the process: static destructors may still ask who they are.
        static strand* const main_strand = new strand{1, "MainThread"};
        return *main_strand;
    }
    // It is gone before the thread-locals that were there earlier, whose destructors may still ask.
    static thread_local constinit bool is_gone = false;
    if (is_gone) {
        static strand* const ended = new strand{next_strand_number(), "ended thread"};
        return *ended;
    }
    struct foreign_strand : strand {
        ~foreign_strand() {
            is_gone = true;
            this_strand_slot() = nullptr;
        }
    };
    static thread_local foreign_strand foreign{{next_strand_number(), os::thread_name()}};
    return foreign;
}

inline strand& this_strand() {
    strand*& slot = this_strand_slot();
    if (slot == nullptr) slot = &adopt_this_thread();
    return *slot;
}

inline void set_this_strand(strand* who) noexcept { this_strand_slot() = who; }

} // namespace braid::inline v1::detail::exec
