// SPDX-License-Identifier: MIT

#include <braid/coro/options.hpp>

#include <support/catch.hpp>

#include <string>
#include <type_traits>

using braid::coro::options;

static_assert(std::is_aggregate_v<options>);
static_assert(std::is_trivially_destructible_v<options>);

namespace {

std::string name(const options& o) { return std::string(o.name); }

} // namespace

TEST_CASE("a coroutine may be named") {
    const std::string s = "a name that is too long for a small string object";
    CHECK(name({.name = "ticker"}) == "ticker");
    CHECK(name({.name = s}) == s);
    CHECK(name({.name = s + "1"}) == s + "1");
    CHECK(name({}).empty());
}
