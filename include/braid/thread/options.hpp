// SPDX-License-Identifier: MIT
#pragma once

// thread/options — what can be said of a thread and of a pool of threads when they start.

#include <braid/core/count.hpp>
#include <braid/core/kept_callable.hpp>
#include <braid/core/lists.hpp>

#include <string_view>

namespace braid::inline v1::thread {

/// What can be said of a thread when it starts: `thread::spawn({.name = "loader"}, load, path)`.
///
/// Lifetime: views strings and ranges, which are copied by the call that takes it.
struct options {
    /// Shown by `name()`, debuggers and top; the kernel shows the first 15 bytes. Empty: a number
    /// is made up.
    std::string_view name = {};
    /// It belongs to the program and not to the handle's scope: nobody waits for it.
    bool daemon = false;
    /// Bytes of stack; 0: the system's default, mostly 8 MiB.
    count stack_size = 0;
    /// The processors that it may run on; empty: its parent's.
    cpu_list cpus = {};
};

/// What can be said of a pool of threads.
///
/// Lifetime: as `options`; the initializer is copied.
struct pool_options {
    /// The threads are named by this and a number.
    std::string_view name_prefix = {};
    /// Run by each thread before its first task.
    kept_callable initializer = {};
    /// The processors that the threads may run on; empty: their parent's.
    cpu_list cpus = {};
};

} // namespace braid::inline v1::thread
