// SPDX-License-Identifier: MIT
#pragma once

// exec/map_options — how a pool spreads a range over its workers.

#include <braid/core/count.hpp>
#include <braid/core/function_ref.hpp>

#include <cstddef>

namespace braid::inline v1 {

/// How `map` and its kin spread a range over the workers of a pool.
struct map_options {
    /// Elements in one task; 0: chosen for you, by how long the first ones take.
    count chunk = 0;
    /// Tasks that are ahead of what was taken out; 0: chosen for you, by the number of workers.
    count window = 0;
    /// Called with the number of elements done and of all, on the thread that waits. Not for imap.
    function_ref<void(std::size_t done, std::size_t total)> progress = {};
};

} // namespace braid::inline v1
