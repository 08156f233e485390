// SPDX-License-Identifier: MIT
#pragma once

// process/fork — the call that returns twice.

#include <braid/os/fork.hpp>
#include <braid/process/handle.hpp>
#include <braid/process/identity.hpp>
#include <braid/process/spawn.hpp>
#include <braid/process/state.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace braid::inline v1::process {

/// Copies this process: a handle of the child in the parent, nothing in the child. The child goes
/// on from here with one thread, and ends by returning from main() or by exit().
///
///     if (auto child = process::fork()) child->join();
///     else work_in_the_child();
///
/// Throws: std::system_error naming fork, when processes or memory run out; then there is no child.
/// Fork: libc's and the library's locks are sound in the child; the user's are as other threads
/// left them. What was buffered before is written once. At its end the child runs its own atexit
/// handlers, not the parent's, and no static destructors.
[[nodiscard]] inline std::optional<handle> fork() {
    std::string name = detail::process::name_of_child({});
    auto forked = detail::os::fork_process();
    if (forked.id == 0) {
        detail::process::become_child(std::move(name), std::stop_source(std::nostopstate));
        return std::nullopt;
    }
    return detail::process::starter::own(
        std::make_shared<detail::process::state>(std::move(forked), std::move(name), false));
}

} // namespace braid::inline v1::process
