// SPDX-License-Identifier: MIT

#include <braid/core/cache_line.hpp>

#include <support/catch.hpp>

#include <bit>
#include <cstdint>

using braid::detail::core::cache_line;

static_assert(cache_line == 128, "part of the layout of shared memory");
static_assert(std::has_single_bit(cache_line));

TEST_CASE("words aligned to cache lines lie that far apart") {
    struct words {
        alignas(cache_line) std::uint32_t first;
        alignas(cache_line) std::uint32_t second;
    } both{};
    const auto apart = reinterpret_cast<std::uintptr_t>(&both.second) -
                       reinterpret_cast<std::uintptr_t>(&both.first);
    CHECK(apart == cache_line);
    CHECK(reinterpret_cast<std::uintptr_t>(&both) % cache_line == 0);
    CHECK(sizeof both == 2 * cache_line);
}
