// SPDX-License-Identifier: MIT
#pragma once

// thread/mutex — mutual exclusion between the threads of this process.

#include <braid/sync/mutex.hpp>
#include <braid/sync/scope.hpp>

namespace braid::inline v1::thread {

/// A lock of 4 bytes; see sync/mutex for what it promises. Works with std::scoped_lock,
/// std::unique_lock and std::condition_variable_any.
/// Fork: in a child it is as it was at the fork; one that another thread held stays locked there.
using mutex = detail::sync::basic_mutex<detail::sync::local_scope>;

static_assert(sizeof(mutex) == 4, "a mutex is one word, so that every object can afford one");

} // namespace braid::inline v1::thread
