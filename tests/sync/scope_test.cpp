// SPDX-License-Identifier: MIT

#include <braid/sync/scope.hpp>

#include <support/catch.hpp>

#include <type_traits>

namespace os = braid::detail::os;
namespace detail = braid::detail;

static_assert(detail::sync::wait_scope<detail::sync::local_scope>);
static_assert(detail::sync::wait_scope<detail::sync::shared_scope>);
static_assert(!detail::sync::wait_scope<int>);
static_assert(!detail::sync::wait_scope<const detail::sync::local_scope>);

TEST_CASE("a scope says to the kernel who may sleep on a word") {
    CHECK(detail::sync::local_scope::futex == os::futex_scope::in_process);
    CHECK(detail::sync::shared_scope::futex == os::futex_scope::shared);
    CHECK(std::is_empty_v<detail::sync::local_scope>);
    CHECK(std::is_empty_v<detail::sync::shared_scope>);
}
