// SPDX-License-Identifier: MIT
#pragma once

// process/current — the process that asks.

#include <braid/core/time_limit.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/strand.hpp>
#include <braid/os/process.hpp>
#include <braid/process/identity.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace braid::inline v1::process {

/// This process's number, the pid.
[[nodiscard]] inline pid_t id() noexcept { return detail::os::process_id(); }

/// The pid of the process that started this one, or of the one that took it in when that had ended.
[[nodiscard]] inline pid_t parent_id() noexcept { return detail::os::parent_process_id(); }

/// This process's name in full: "MainProcess" if the library did not start it.
[[nodiscard]] inline const std::string& name() { return detail::process::this_process().name; }

/// True in the process that the library did not start.
[[nodiscard]] inline bool is_main() { return detail::process::this_process().is_main; }

/// True once this process, whose function takes a stop token, was asked to stop.
[[nodiscard]] inline bool stop_requested() {
    return detail::exec::this_strand().stop.stop_requested();
}

/// Does nothing for so long. Blocks: a stop point. Throws: stopped.
inline void sleep_for(time_limit limit) {
    detail::exec::sleep_until(detail::core::deadline::after(limit));
}

/// Does nothing until then. Blocks: a stop point. Throws: stopped.
template <class Clock, class Duration>
void sleep_until(std::chrono::time_point<Clock, Duration> when) {
    detail::exec::sleep_until(detail::core::deadline::at(when));
}

/// Lets other processes run first.
inline void yield() noexcept { std::this_thread::yield(); }

} // namespace braid::inline v1::process
