// SPDX-License-Identifier: MIT

#include <braid/core/kept_callable.hpp>

#include <support/catch.hpp>
#include <support/tracked.hpp>

#include <string>
#include <type_traits>

using braid::kept_callable;
using braid::transferable_callable;
using test::tracked;

static_assert(std::is_trivially_destructible_v<kept_callable>);
static_assert(std::is_trivially_copyable_v<kept_callable>);
static_assert(std::is_trivially_destructible_v<transferable_callable>);
static_assert(std::is_trivially_copyable_v<transferable_callable>);

namespace {

int calls = 0;
void call() { ++calls; }
int call_for_number() noexcept { return ++calls; }

struct caller {
    void operator()() const { ++calls; }
};

struct options {
    kept_callable initializer = {};
};

auto keep(const options& o) { return o.initializer.keep(); }

} // namespace

TEST_CASE("a kept callable outlives the one that was given") {
    {
        auto kept = keep({.initializer = [t = tracked(4)] { calls = t.value(); }});
        CHECK(tracked::alive() == 1);
        kept();
        CHECK(calls == 4);
    }
    CHECK(tracked::alive() == 0);
    CHECK(tracked::faults() == 0);
}

TEST_CASE("a kept callable is a copy of a named one") {
    int n = 0;
    auto f = [&n, own = 0]() mutable { n = ++own; };
    auto kept = keep({.initializer = f});
    kept();
    kept();
    CHECK(n == 2);
    f();
    CHECK(n == 1);
}

TEST_CASE("a kept callable may be a function") {
    calls = 0;
    keep({.initializer = call})();
    keep({.initializer = &call})();
    keep({.initializer = call_for_number})();
    CHECK(calls == 3);
}

TEST_CASE("a kept callable is empty if it was made from nothing") {
    void (*none)() = nullptr;
    CHECK_FALSE(kept_callable());
    CHECK_FALSE(kept_callable(nullptr));
    CHECK_FALSE(kept_callable(none));
    CHECK_FALSE(keep({}));
    CHECK(kept_callable(call));
}

TEST_CASE("a transferable callable is a function or has no state") {
    calls = 0;
    transferable_callable f = [] { ++calls; };
    f();
    f = call;
    f();
    f = &call;
    f();
    f = call_for_number;
    f();
    f = caller();
    const transferable_callable copy = f;
    copy();
    CHECK(calls == 5);
}

TEST_CASE("a transferable callable is empty if it was made from nothing") {
    void (*none)() = nullptr;
    CHECK_FALSE(transferable_callable());
    CHECK_FALSE(transferable_callable(nullptr));
    CHECK_FALSE(transferable_callable(none));
    CHECK(transferable_callable(call));
}
