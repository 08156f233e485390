// SPDX-License-Identifier: MIT
#pragma once

// process/options — what can be said of a process and of a pool of processes when they start.

#include <braid/core/command.hpp>
#include <braid/core/count.hpp>
#include <braid/core/env_list.hpp>
#include <braid/core/kept_callable.hpp>
#include <braid/core/lists.hpp>
#include <braid/core/path_ref.hpp>
#include <braid/core/resource_limits.hpp>
#include <braid/core/time_limit.hpp>

#include <optional>
#include <string_view>

namespace braid::inline v1::process {

using v1::command;
using v1::cpu_list;
using v1::env_list;
using v1::env_only;
using v1::fd_list;
using v1::path_ref;
using v1::pipeline;
using v1::resource_limits;

/// Where a process comes from.
enum class start_method {
    /// A copy of the calling process: any callable, and all memory as it is now.
    fork,
    /// A copy of the server: small and without threads. Takes transferable callables.
    forkserver,
};

/// What the code in a process may ask of the kernel.
enum class sandbox_level {
    /// Whatever its user may.
    none,
    /// It may compute: use memory, clocks, and the descriptors that it has. Opening files and
    /// sockets, starting programs and signalling other processes kill it, as by SIGSYS.
    compute,
};

/// What can be said of a process when it starts:
/// `process::spawn({.name = "calc-0", .daemon = true}, calc, 0)`.
///
/// Lifetime: views strings and ranges, which are copied by the call that takes it.
struct options {
    /// Shown by `name()`, ps and top; the kernel shows the first 15 bytes. Empty: a number is made
    /// up.
    std::string_view name = {};
    /// It belongs to the program and not to the handle's scope: it is ended with the program.
    bool daemon = false;
    start_method start = start_method::fork;
    resource_limits limits = {};
    /// It leads a session of its own, so no terminal's signals reach it.
    bool new_session = false;
    /// The processors that it may run on; empty: its parent's.
    cpu_list cpus = {};
};

/// What can be said of a function that a fresh process computes.
struct async_options {
    /// How long it may take before it is killed.
    time_limit timeout = {};
    resource_limits limits = {};
    sandbox_level sandbox = sandbox_level::none;
};

/// What can be said of a pool of processes.
///
/// Lifetime: as `options`; the initializer is copied.
struct pool_options {
    /// The workers are named by this and a number.
    std::string_view name_prefix = {};
    /// Run by each worker before its first task.
    transferable_callable initializer = {};
    /// A worker that has done so many is replaced; not given: never.
    std::optional<count> max_tasks_per_child = {};
    /// A worker whose memory is above so many bytes after a task is replaced; not given: never.
    std::optional<count> max_memory_per_child = {};
    /// Of each worker.
    resource_limits limits = {};
    sandbox_level sandbox = sandbox_level::none;
    /// How long a task may take before its worker is killed and replaced.
    time_limit task_timeout = {};
    /// How often a task whose worker died is tried again.
    count retries = 0;
};

/// What can be said of one task of a pool of processes. What is not given is as for the pool.
struct task_options {
    /// How long it may take before its worker is killed and replaced.
    std::optional<time_limit> timeout = {};
    /// How often it is tried again if its worker dies.
    std::optional<count> retries = {};
};

} // namespace braid::inline v1::process
