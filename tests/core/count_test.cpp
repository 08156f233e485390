// SPDX-License-Identifier: MIT

#include <braid/core/count.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

using braid::count;

static_assert(std::is_trivially_destructible_v<count>);
static_assert(std::is_convertible_v<int, count>);
static_assert(!std::is_constructible_v<count, bool>);
static_assert(!std::is_constructible_v<count, char>);
static_assert(!std::is_constructible_v<count, double>);

TEST_CASE("a count takes integers of any type") {
    const std::vector<int> three(3);
    std::optional<count> limit = 64 << 20;
    CHECK(limit->value() == 67'108'864U);
    limit = three.size();
    CHECK(limit->value() == 3U);
    limit = std::int8_t{7};
    CHECK(limit == count(7));
    CHECK(count().value() == 0U);
    CHECK(count(std::numeric_limits<std::int64_t>::max()).value() == 9223372036854775807U);
}

TEST_CASE("a count beyond int64 is the largest int64") {
    CHECK(count(std::numeric_limits<std::uint64_t>::max()).value() == 9223372036854775807U);
}

TEST_CASE("a negative count is refused where it is used") {
    const count wrong = -3;
    CHECK(wrong.is_negative());
    CHECK_THROWS_AS(wrong.value(), std::invalid_argument);
    CHECK_THROWS_WITH(wrong.value("max_output"), "max_output must not be negative, and is -3");
}

TEST_CASE("counts are compared as numbers") {
    CHECK(count(2) == count(2U));
    CHECK(count(-1) < 0);
    CHECK(count(std::uint64_t{1} << 40) > 5);
}
