// SPDX-License-Identifier: MIT
#pragma once

// core/resource_limits — what a process may use at most.

#include <braid/core/count.hpp>
#include <braid/core/time_limit.hpp>

#include <optional>

namespace braid::inline v1 {

/// What a process may use at most: `{.memory = 64 << 20, .cpu_time = 2s}`. What is not given stays
/// as in the parent.
struct resource_limits {
    /// Bytes of address space.
    std::optional<count> memory = {};
    /// Processor time, in whole seconds, rounded up. A process that has used it is killed.
    time_limit cpu_time = {};
    /// Descriptors: each is below this number.
    std::optional<count> files = {};
    /// Bytes of a file that it writes.
    std::optional<count> file_size = {};
    /// Bytes of a core dump; 0 for none.
    std::optional<count> core = {};
};

} // namespace braid::inline v1
