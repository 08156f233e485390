// SPDX-License-Identifier: MIT
#pragma once

// core/cache_line — how far apart two words must lie that different threads write.

#include <cstddef>

namespace braid::inline v1::detail::core {

/// Bytes that travel between cores together. 128 and not 64: Intel's and AMD's prefetchers fetch
/// lines in pairs, and some ARM cores have lines of 128. A constant of our own, because
/// std::hardware_destructive_interference_size changes with compiler flags, and two processes that
/// share a segment must agree on its layout.
inline constexpr std::size_t cache_line = 128;

} // namespace braid::inline v1::detail::core
