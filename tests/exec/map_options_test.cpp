// SPDX-License-Identifier: MIT

#include <braid/exec/map_options.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <type_traits>

using braid::map_options;

static_assert(std::is_aggregate_v<map_options>);
static_assert(std::is_trivially_destructible_v<map_options>);

namespace {

std::size_t tell(const map_options& o) {
    if (o.progress) o.progress(1, 2);
    return static_cast<std::size_t>(o.chunk.value() + o.window.value());
}

} // namespace

TEST_CASE("map options are chosen for you unless you choose") {
    const map_options none;
    CHECK(none.chunk == 0);
    CHECK(none.window == 0);
    CHECK_FALSE(none.progress);
    CHECK(tell({}) == 0);
}

TEST_CASE("map options take counts of any type and a callback") {
    const std::size_t window = 8;
    std::size_t done = 0;
    std::size_t total = 0;
    CHECK(tell({.chunk = 1, .window = window, .progress = [&](std::size_t d, std::size_t t) {
                    done = d;
                    total = t;
                }}) == 9);
    CHECK(done == 1);
    CHECK(total == 2);
    CHECK(tell({.window = 3}) == 3);
}
