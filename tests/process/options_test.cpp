// SPDX-License-Identifier: MIT

#include <braid/process/options.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

using namespace braid::process;
using namespace std::chrono_literals;

static_assert(std::is_aggregate_v<options> && std::is_trivially_destructible_v<options>);
static_assert(std::is_aggregate_v<async_options> &&
              std::is_trivially_destructible_v<async_options>);
static_assert(std::is_aggregate_v<pool_options> && std::is_trivially_destructible_v<pool_options>);
static_assert(std::is_aggregate_v<task_options> && std::is_trivially_destructible_v<task_options>);
static_assert(std::is_same_v<braid::process::command, braid::command>);
static_assert(std::is_same_v<braid::process::pipeline, braid::pipeline>);
static_assert(std::is_same_v<braid::process::resource_limits, braid::resource_limits>);
static_assert(std::is_same_v<braid::process::cpu_list, braid::cpu_list>);
static_assert(std::is_same_v<braid::process::fd_list, braid::fd_list>);
static_assert(std::is_same_v<braid::process::env_list, braid::env_list>);

namespace {

options same(const options& o) { return o; }
async_options same_async(const async_options& o) { return o; }
pool_options same_pool(const pool_options& o) { return o; }
task_options same_task(const task_options& o) { return o; }

int started = 0;

} // namespace

TEST_CASE("a process's options have the defaults that most processes want") {
    const options none;
    CHECK(none.name.empty());
    CHECK_FALSE(none.daemon);
    CHECK(none.start == start_method::fork);
    CHECK_FALSE(none.limits.memory);
    CHECK_FALSE(none.new_session);
    CHECK(none.cpus.empty());
}

TEST_CASE("a process's options are given by name, any of them") {
    CHECK(same({.name = "calc-0", .daemon = true}).daemon);
    CHECK(same({.start = start_method::forkserver}).start == start_method::forkserver);
    CHECK(same({.limits = {.files = 20}}).limits.files->value() == 20);
    CHECK(same({.cpus = {1}}).cpus.to_vector() == std::vector{1});
    CHECK(same_async({.timeout = 1s, .limits = {.memory = 1 << 30}}).timeout == 1s);
    CHECK(same_async({}).sandbox == sandbox_level::none);
    CHECK(same_async({.sandbox = sandbox_level::compute}).sandbox == sandbox_level::compute);
}

TEST_CASE("a process pool's options are given by name, any of them") {
    const auto o = same_pool({.name_prefix = "w",
                              .initializer = [] { ++started; },
                              .max_tasks_per_child = 10,
                              .task_timeout = 1s,
                              .retries = 1});
    o.initializer();
    CHECK(started == 1);
    CHECK(o.max_tasks_per_child->value() == 10);
    CHECK_FALSE(o.max_memory_per_child);
    CHECK(o.task_timeout == 1s);
    CHECK(o.retries == 1);
    CHECK(same_pool({}).retries == 0);
    CHECK(same_pool({}).task_timeout.is_forever());
}

TEST_CASE("a task says what the pool does not") {
    CHECK(same_task({.timeout = 1s, .retries = 2}).timeout->nanoseconds() == 1s);
    CHECK(same_task({.retries = 2}).retries->value() == 2);
    CHECK_FALSE(same_task({.retries = 2}).timeout);
    CHECK(same_task({.timeout = braid::time_limit::forever()}).timeout->is_forever());
}
