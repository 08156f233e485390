// SPDX-License-Identifier: MIT
#pragma once

// core/lists — the numbers of processors and of descriptors in options.

#include <braid/core/short_list.hpp>

namespace braid::inline v1 {

/// The processors that a strand may run on: `{0, 1}`, or any range of integers. Empty: all that its
/// parent may.
///
/// Lifetime: views a range; it copies what stands between braces, at most 16 numbers.
class cpu_list : public detail::core::short_list<detail::core::read_number, 16> {
public:
    using short_list::short_list;
};

/// File descriptors that a program inherits besides 0, 1 and 2: `{3, 4}`, or any range of integers.
///
/// Lifetime: views a range; it copies what stands between braces, at most 16 numbers.
class fd_list : public detail::core::short_list<detail::core::read_number, 16> {
public:
    using short_list::short_list;
};

} // namespace braid::inline v1
