// SPDX-License-Identifier: MIT
#pragma once

// sync/scope — who can wait on an object: the parameter that makes one algorithm serve threads of
// one process and processes that share memory.

#include <braid/os/futex.hpp>

#include <concepts>

namespace braid::inline v1::detail::sync {

/// The object lies in the memory of one process; threads and coroutines of that process use it.
struct local_scope {
    static constexpr os::futex_scope futex = os::futex_scope::in_process;
};

/// The object lies in memory that several processes map, at any address. It holds no pointer, and a
/// coroutine cannot stand in it.
struct shared_scope {
    static constexpr os::futex_scope futex = os::futex_scope::shared;
};

template <class S>
concept wait_scope = std::same_as<S, local_scope> || std::same_as<S, shared_scope>;

} // namespace braid::inline v1::detail::sync
