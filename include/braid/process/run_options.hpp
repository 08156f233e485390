// SPDX-License-Identifier: MIT
#pragma once

// process/run_options — what can be said of a program when it is run.

#include <braid/process/account.hpp>
#include <braid/process/options.hpp>
#include <braid/process/redirect.hpp>

#include <optional>
#include <string_view>

namespace braid::inline v1::process {

/// What can be said of a program when it is run:
/// `process::run({"sort", "-n"}, {.input = text, .capture = true, .timeout = 2s})`.
///
/// Lifetime: views strings and ranges, which are copied by the call that takes it. Temporaries
/// live to the end of the full expression, so options that have a name must be made from what has
/// one.
struct run_options {
    /// What it reads; nothing at all if empty. Not given: as `in` says.
    std::optional<std::string_view> input = {};
    /// Collect out and err, where they are not redirected.
    bool capture = false;
    /// How long it may take before it is killed.
    time_limit timeout = {};
    /// Throw command_error unless it succeeds.
    bool check = false;
    /// The directory that it starts in; empty: the caller's.
    path_ref cwd = {};
    /// Environment variables to add; `env_only(…)` replaces them all.
    env_list env = {};
    redirect in = {};
    redirect out = {};
    redirect err = {};
    /// Descriptors that reach it besides 0, 1 and 2, under their numbers.
    fd_list pass_fds = {};
    resource_limits limits = {};
    /// It leads a session of its own, so no terminal's signals reach it.
    bool new_session = false;
    /// The permissions that its files do not get, as 022; not given: the caller's.
    std::optional<unsigned> umask = {};
    /// Added to its niceness.
    int nice = 0;
    /// The processors that it may run on; empty: the caller's.
    cpu_list cpus = {};
    /// The user and the group that it runs as; for root only.
    account user = {};
    account group = {};
    /// Bytes that out and err may have before it is killed, each; not given: any number.
    std::optional<count> max_output = {};
};

} // namespace braid::inline v1::process
