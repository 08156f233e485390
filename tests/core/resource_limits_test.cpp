// SPDX-License-Identifier: MIT

#include <braid/core/resource_limits.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <type_traits>

using braid::resource_limits;
using namespace std::chrono_literals;

static_assert(std::is_aggregate_v<resource_limits>);
static_assert(std::is_trivially_destructible_v<resource_limits>);
static_assert(std::is_trivially_copyable_v<resource_limits>);

namespace {

resource_limits same(const resource_limits& limits) { return limits; }

} // namespace

TEST_CASE("nothing is limited by default") {
    const resource_limits none;
    CHECK_FALSE(none.memory);
    CHECK(none.cpu_time.is_forever());
    CHECK_FALSE(none.files);
    CHECK_FALSE(none.file_size);
    CHECK_FALSE(none.core);
}

TEST_CASE("limits take integers and durations of any type") {
    const auto l =
        same({.memory = 64 << 20, .cpu_time = 2s, .files = 20U, .file_size = 1L << 40, .core = 0});
    CHECK(l.memory->value() == 67'108'864U);
    CHECK(l.cpu_time.nanoseconds() == 2s);
    CHECK(l.files->value() == 20U);
    CHECK(l.file_size->value() == 1'099'511'627'776U);
    CHECK(l.core->value() == 0U);
    CHECK(same({.memory = sizeof(int)}).memory->value() == sizeof(int));
}
