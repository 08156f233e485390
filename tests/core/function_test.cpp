// SPDX-License-Identifier: MIT

#include <braid/core/function.hpp>

#include <support/catch.hpp>
#include <support/tracked.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using braid::detail::core::unique_function;
using test::tracked;

static_assert(sizeof(unique_function<void()>) == 64);
static_assert(std::is_nothrow_move_constructible_v<unique_function<void()>>);
static_assert(std::is_nothrow_move_assignable_v<unique_function<void()>>);
static_assert(!std::is_copy_constructible_v<unique_function<void()>>);
static_assert(!std::is_constructible_v<unique_function<void()>, int>);
static_assert(!std::is_constructible_v<unique_function<int()>, void (*)()>);

namespace {

int twice(int x) { return 2 * x; }

struct point {
    int x = 3;
    int add(int y) const { return x + y; }
};

} // namespace

TEST_CASE("a function calls what it holds") {
    unique_function<int(int)> f = [](int x) { return x + 1; };
    CHECK(f(1) == 2);
    f = twice;
    CHECK(f(4) == 8);
    f = &twice;
    CHECK(f(5) == 10);
    unique_function<void(int)> ignores_the_result = twice;
    ignores_the_result(1);
    unique_function<int(const point&, int)> member = &point::add;
    CHECK(member(point{}, 4) == 7);
}

TEST_CASE("a function passes arguments and results on without a copy") {
    unique_function<std::unique_ptr<int>(std::unique_ptr<int>)> f = [](std::unique_ptr<int> p) {
        return p;
    };
    CHECK(*f(std::make_unique<int>(5)) == 5);
    int n = 0;
    unique_function<int&(int&)> same = [](int& x) -> int& { return x; };
    same(n) = 9;
    CHECK(n == 9);
}

TEST_CASE("a function holds callables that only move") {
    auto p = std::make_unique<int>(4);
    unique_function<int()> f = [p = std::move(p)] { return *p; };
    unique_function<int()> g = std::move(f);
    CHECK_FALSE(f);
    CHECK(g() == 4);
}

TEST_CASE("a function is empty if it was made from nothing") {
    CHECK_FALSE(unique_function<void()>());
    CHECK_FALSE(unique_function<void()>(nullptr));
    int (*none)(int) = nullptr;
    CHECK_FALSE(unique_function<int(int)>(none));
    CHECK(unique_function<int(int)>(twice));
}

TEMPLATE_TEST_CASE("a function destroys what it holds once", "", (std::array<char, 8>),
                   (std::array<char, 100>)) {
    {
        unique_function<int()> f = [t = tracked(7), room = TestType{}] {
            return t.value() + room[0];
        };
        CHECK(tracked::alive() == 1);
        unique_function<int()> g = std::move(f);
        CHECK(tracked::alive() == 1);
        CHECK(g() == 7);
        f = [t = tracked(8), room = TestType{}] { return t.value() + room[0]; };
        CHECK(tracked::alive() == 2);
        f = std::move(g);
        CHECK(tracked::alive() == 1);
        CHECK(f() == 7);
        f = nullptr;
        CHECK(tracked::alive() == 0);
    }
    CHECK(tracked::alive() == 0);
    CHECK(tracked::faults() == 0);
}

TEST_CASE("a callable with state keeps it between calls and moves") {
    unique_function<int()> f = [n = 0]() mutable { return ++n; };
    CHECK(f() == 1);
    unique_function<int()> g = std::move(f);
    CHECK(g() == 2);
}

TEST_CASE("an exception leaves a function") {
    unique_function<void()> f = [] { throw std::runtime_error("no"); };
    CHECK_THROWS_WITH(f(), "no");
}
