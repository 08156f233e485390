// SPDX-License-Identifier: MIT
#pragma once

// exec/available_parallelism — how many strands are worth running at once.

#include <braid/os/cpu.hpp>

#include <cstddef>

namespace braid::inline v1 {

/// How many threads or processes this process can keep running at once: the processors of its
/// affinity mask, or less where its control groups (v1 or v2) give it less time; never 0.
/// Use: the size of a pool. std::thread::hardware_concurrency() counts the machine's processors,
/// whatever the container was given.
[[nodiscard]] inline std::size_t available_parallelism() { return detail::os::usable_cpus(); }

} // namespace braid::inline v1
