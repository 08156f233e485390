// SPDX-License-Identifier: MIT
#pragma once

// os/time_spec — a time as the kernel takes it.

#include <chrono>

#include <time.h>

namespace braid::inline v1::detail::os {

/// `time`, not negative, in seconds and nanoseconds.
[[nodiscard]] constexpr timespec to_timespec(std::chrono::nanoseconds time) noexcept {
    constexpr long giga = 1'000'000'000;
    return {static_cast<time_t>(time.count() / giga), static_cast<long>(time.count() % giga)};
}

} // namespace braid::inline v1::detail::os
