// SPDX-License-Identifier: MIT
#pragma once

// process/identity — who this process is to the library, and what of that a forked child starts
// anew.

#include <braid/core/atomic.hpp>
#include <braid/exec/strand.hpp>
#include <braid/os/signal.hpp>
#include <braid/os/thread.hpp>

#include <csignal>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace braid::inline v1::detail::process {

/// This process.
struct identity {
    std::string name = "MainProcess";
    bool is_main = true;                   ///< the library did not start it
    bool watches_sigterm = false;          ///< its threads hold it back, for a watcher
    core::atomic<int> children_started{0}; ///< for the names of those that were given none
};

/// Lives to the end of the process: static destructors may still ask.
[[nodiscard]] inline identity& this_process() {
    static identity* const self = new identity;
    return *self;
}

/// The name of the next child: the one that was given, or one of our making.
[[nodiscard]] inline std::string name_of_child(std::string_view given) {
    if (!given.empty()) return std::string(given);
    // relaxed: only to be different
    const int number = this_process().children_started.fetch_add(1, core::relaxed) + 1;
    return "process-" + std::to_string(number);
}

/// Makes a forked child itself: its name, its kernel's name, and one thread that is its main thread
/// and hears of `stop`.
inline void become_child(std::string name, std::stop_source stop) {
    identity& self = this_process();
    os::set_thread_name(name);
    self.name = std::move(name);
    self.is_main = false;
    // The watcher is no part of a copy of its process: there SIGTERM would reach nobody.
    const bool watched = std::exchange(self.watches_sigterm, stop.stop_possible());
    if (watched && !self.watches_sigterm) os::let_through(SIGTERM);
    self.children_started.store(0, core::relaxed); // relaxed: there is one thread yet
    exec::set_this_strand(new exec::strand{1, "MainThread", std::move(stop)}); // for good
}

} // namespace braid::inline v1::detail::process
