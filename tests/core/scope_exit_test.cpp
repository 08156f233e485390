// SPDX-License-Identifier: MIT

#include <braid/core/scope_exit.hpp>

#include <support/catch.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

using braid::detail::core::scope_exit;

static_assert(!std::is_copy_constructible_v<scope_exit<void (*)()>>);
static_assert(!std::is_move_constructible_v<scope_exit<void (*)()>>);

TEST_CASE("the function of a scope runs once, at its end") {
    int ran = 0;
    {
        const scope_exit at_end([&]() noexcept { ++ran; });
        CHECK(ran == 0);
    }
    CHECK(ran == 1);
}

TEST_CASE("the function of a scope runs when an exception leaves it") {
    int ran = 0;
    try {
        const scope_exit at_end([&]() noexcept { ++ran; });
        throw std::runtime_error("leaves");
    } catch (const std::runtime_error&) {
        CHECK(ran == 1);
    }
    CHECK(ran == 1);
}

TEST_CASE("the functions of a scope run last first") {
    std::string order;
    {
        const scope_exit first([&]() noexcept { order += '1'; });
        const scope_exit second([&]() noexcept { order += '2'; });
    }
    CHECK(order == "21");
}

TEST_CASE("a released function of a scope does not run") {
    int ran = 0;
    {
        scope_exit at_end([&]() noexcept { ++ran; });
        at_end.release();
    }
    CHECK(ran == 0);
}
