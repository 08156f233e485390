// SPDX-License-Identifier: MIT
#pragma once

// thread/current — the thread that asks.

#include <braid/core/time_limit.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/strand.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace braid::inline v1::thread {

/// This thread's number: never given to another thread of this process; the main thread has 1.
[[nodiscard]] inline std::uint64_t id() { return detail::exec::this_strand().number; }

/// This thread's name in full: "MainThread" for the one that runs main(), the kernel's name for one
/// that the library did not start.
[[nodiscard]] inline const std::string& name() { return detail::exec::this_strand().name; }

/// True once this thread was asked to stop.
/// Use: in work that never waits.
[[nodiscard]] inline bool stop_requested() {
    return detail::exec::this_strand().stop.stop_requested();
}

/// Does nothing for so long.
/// Blocks: a stop point.
/// Throws: stopped.
inline void sleep_for(time_limit limit) {
    detail::exec::sleep_until(detail::core::deadline::after(limit));
}

/// Does nothing until then.
/// Blocks: a stop point.
/// Throws: stopped.
template <class Clock, class Duration>
void sleep_until(std::chrono::time_point<Clock, Duration> when) {
    detail::exec::sleep_until(detail::core::deadline::at(when));
}

/// Lets other threads run first.
inline void yield() noexcept { std::this_thread::yield(); }

} // namespace braid::inline v1::thread
