// SPDX-License-Identifier: MIT

#include <braid/core/function_ref.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

using braid::function_ref;

static_assert(std::is_trivially_destructible_v<function_ref<void()>>);
static_assert(std::is_trivially_copyable_v<function_ref<void()>>);
static_assert(sizeof(function_ref<void()>) == 2 * sizeof(void*));
static_assert(!std::is_constructible_v<function_ref<void()>, int>);
static_assert(!std::is_constructible_v<function_ref<void()>, void (*)(int)>);
static_assert(!std::is_constructible_v<function_ref<int()>, void (*)()>);

namespace {

int twice(int x) { return 2 * x; }
int three_times(int x) noexcept { return 3 * x; }
int apply(function_ref<int(int)> f, int x) { return f(x); }

struct adder {
    int n = 0;
    int operator()(int x) { return n += x; }
};

} // namespace

TEST_CASE("a function_ref calls what it refers to") {
    int n = 5;
    CHECK(apply([&](int x) { return x + n; }, 1) == 6);
    CHECK(apply(twice, 4) == 8);
    CHECK(apply(&twice, 4) == 8);
    CHECK(apply(three_times, 4) == 12);
    const auto constant = [](int x) { return x; };
    CHECK(apply(constant, 4) == 4);
}

TEST_CASE("a function_ref changes the callable itself and not a copy") {
    adder a;
    const function_ref<int(int)> f = a;
    f(1);
    const function_ref<int(int)> g = f;
    g(2);
    CHECK(a.n == 3);
}

TEST_CASE("a copy of a function_ref refers to the callable and not to the function_ref") {
    adder a;
    adder b;
    function_ref<int(int)> f = a;
    const function_ref<int(int)> g = f;
    f = b;
    g(1);
    CHECK(a.n == 1);
    CHECK(b.n == 0);
}

TEST_CASE("a function_ref drops a result that nobody asked for") {
    int calls = 0;
    const auto f = [&](int) { return ++calls; };
    const function_ref<void(int)> g = f;
    g(1);
    CHECK(calls == 1);
}

TEST_CASE("a function_ref passes what can only be moved") {
    const auto f = [](std::unique_ptr<int> p) { return *p; };
    const function_ref<int(std::unique_ptr<int>)> g = f;
    CHECK(g(std::make_unique<int>(3)) == 3);
}

TEST_CASE("a function_ref is empty if it was made from nothing") {
    CHECK_FALSE(function_ref<void()>());
    CHECK_FALSE(function_ref<void()>(nullptr));
    int (*none)(int) = nullptr;
    CHECK_FALSE(function_ref<int(int)>(none));
    CHECK(function_ref<int(int)>(twice));
}
