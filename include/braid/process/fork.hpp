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
    detail::process::child_identity identity({}, false);
    auto started = std::make_shared<detail::process::state>(identity.name(), false);
    auto forked = detail::os::fork_process();
    if (forked.id == 0) {
        identity.become();
        return std::nullopt;
    }
    started->begin(std::move(forked));
    return detail::process::starter::own(std::move(started));
}

} // namespace braid::inline v1::process
