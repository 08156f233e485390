// SPDX-License-Identifier: MIT

#include <braid/thread/options.hpp>

#include <support/catch.hpp>

#include <string>
#include <type_traits>
#include <vector>

using braid::thread::options;
using braid::thread::pool_options;

static_assert(std::is_aggregate_v<options> && std::is_trivially_destructible_v<options>);
static_assert(std::is_aggregate_v<pool_options> && std::is_trivially_destructible_v<pool_options>);

namespace {

options same(const options& o) { return o; }

void run(const pool_options& o) { o.initializer.keep()(); }

} // namespace

TEST_CASE("a thread's options have the defaults that most threads want") {
    const options none;
    CHECK(none.name.empty());
    CHECK_FALSE(none.daemon);
    CHECK(none.stack_size == 0);
    CHECK(none.cpus.empty());
}

TEST_CASE("a thread's options are given by name, any of them") {
    CHECK(same({.name = "SubThread"}).name == "SubThread");
    CHECK(same({.daemon = true}).daemon);
    CHECK(same({.stack_size = 1 << 20}).stack_size == 1 << 20);
    CHECK(same({.name = "x", .cpus = {0, 1}}).cpus.to_vector() == std::vector{0, 1});
}

TEST_CASE("a thread pool's initializer may capture") {
    int n = 0;
    run({.name_prefix = "x", .initializer = [&] { ++n; }, .cpus = {0}});
    run({.initializer = [&n, by = 10] { n += by; }});
    CHECK(n == 11);
    CHECK_FALSE(pool_options().initializer);
}
