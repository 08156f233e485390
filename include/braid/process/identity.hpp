// SPDX-License-Identifier: MIT
#pragma once

// process/identity — who this process is to the library, and what of that a forked child starts
// anew.

#include <braid/core/atomic.hpp>
#include <braid/exec/strand.hpp>
#include <braid/os/signal.hpp>
#include <braid/os/thread.hpp>

#include <csignal>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace braid::inline v1::detail::process {

/// This process.
struct identity {
    std::string name = "MainProcess";
    bool is_main = true;                   ///< the library did not start it
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

/// What a child will be, made while the parent can still be told that there is no memory for it.
class child_identity {
public:
    child_identity(std::string_view given, bool takes_token)
        : name_(name_of_child(given)), // and so this_process() is there before the fork
          strand_(new exec::strand{1, "MainThread",
                                   takes_token ? std::stop_source()
                                               : std::stop_source(std::nostopstate)}) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// In the child: takes its name, its kernel's name, and one thread that is its main thread.
    void become() noexcept {
        identity& self = this_process();
        os::set_thread_name(name_);
        self.name.swap(name_);
        self.is_main = false;
        self.children_started.store(0, core::relaxed); // relaxed: there is one thread yet
        exec::set_this_strand(strand_.release());      // for as long as the process lives
    }

private:
    std::string name_;
    std::unique_ptr<exec::strand> strand_;
};

} // namespace braid::inline v1::detail::process
