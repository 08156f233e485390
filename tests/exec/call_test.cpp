// SPDX-License-Identifier: MIT

#include <braid/exec/call.hpp>

#include <support/catch.hpp>
#include <support/tracked.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace exec = braid::detail::exec;
using test::tracked;

namespace {

using takes_nothing = void();
using takes_int = void(int);
using takes_reference = void(int&);
using takes_token = void(std::stop_token);
using takes_token_and_int = void(std::stop_token, int);

struct account {
    std::int64_t balance = 0;
    void pay(int amount) { balance += amount; }
    void pay_until(std::stop_token, int amount) { balance += amount; }
};

/// Takes both: without a token is what it is called like.
struct takes_either {
    int operator()(int) const { return 1; }
    int operator()(std::stop_token, int) const { return 2; }
};

struct only_as_lvalue {
    int operator()() & { return 1; }
};

template <class F, class... Args> auto make(F&& f, Args&&... args) {
    return exec::call<F, Args...>(std::in_place, std::forward<F>(f), std::forward<Args>(args)...);
}

template <class F, class... Args> decltype(auto) call(F&& f, Args&&... args) {
    return make(std::forward<F>(f), std::forward<Args>(args)...)(std::stop_token());
}

} // namespace

using account_method = decltype(&account::pay);
using account_stoppable = decltype(&account::pay_until);

static_assert(exec::plain_function<takes_nothing>);
static_assert(exec::plain_function<takes_int, long>);
static_assert(exec::stoppable_function<takes_token>);
static_assert(exec::stoppable_function<takes_token_and_int, int>);
static_assert(exec::plain_function<takes_token, std::stop_token>);
static_assert(exec::plain_function<takes_either, int>);
static_assert(!exec::stoppable_function<takes_either, int>);
static_assert(exec::plain_function<account_method, account*, int>);
static_assert(exec::plain_function<account_method, account, int>);
static_assert(exec::plain_function<account_method, std::reference_wrapper<account>, int>);
static_assert(!exec::strand_function<account_stoppable, account*, int>,
              "the object comes before the token there");
static_assert(!exec::strand_function<takes_int>);
static_assert(!exec::strand_function<takes_int, const char*>);
static_assert(!exec::strand_function<takes_reference, int&>,
              "the function is given a copy, so a reference must be asked for");
static_assert(exec::strand_function<takes_reference, std::reference_wrapper<int>>);
static_assert(exec::strand_function<void (*)(std::unique_ptr<int>), std::unique_ptr<int>>);
static_assert(!exec::strand_function<only_as_lvalue>, "it is called once, as what is given up");
static_assert(!exec::strand_function<int>);

TEST_CASE("a function that can be called without a token is not given one") {
    int seen = 0;
    call([&](int n) { seen = n; }, 7);
    CHECK(seen == 7);
    CHECK(call(takes_either(), 7) == 1);
    CHECK_FALSE(exec::call<takes_either, int>::takes_token);
    CHECK(exec::call<takes_token_and_int, int>::takes_token);
}

TEST_CASE("a function that cannot be called without a token is given the strand's") {
    std::stop_source source;
    auto c =
        make([](const std::stop_token& token, int n) { return token.stop_requested() ? n : 0; }, 7);
    source.request_stop();
    CHECK(c(source.get_token()) == 7);
    CHECK(call([](std::stop_token token) { return token.stop_possible(); }) == false);
}

TEST_CASE("arguments are copied, and copies are handed on as what may be taken") {
    std::string text = "text";
    auto c = make([](std::string&& given) { return std::move(given); }, text);
    text = "changed";
    CHECK(c({}) == "text");

    const char written[] = "an array";
    auto d = make([](const char* p) { return std::string(p); }, written);
    CHECK(d({}) == "an array");
}

TEST_CASE("what only moves can be an argument and a function") {
    auto number = std::make_unique<int>(7);
    CHECK(call([](std::unique_ptr<int> p) { return *p; }, std::move(number)) == 7);
    CHECK(number == nullptr);
    CHECK(call([p = std::make_unique<int>(8)] { return *p; }) == 8);
}

TEST_CASE("std::ref passes a reference") {
    int n = 1;
    call([](int& to) { ++to; }, std::ref(n));
    CHECK(n == 2);
}

TEST_CASE("a member function is called on an object, a pointer or a reference to one") {
    account a;
    call(&account::pay, &a, 2);
    call(&account::pay, std::ref(a), 3);
    call(&account::pay, a, 100); // pays into a copy
    CHECK(a.balance == 5);
    CHECK(call(&account::balance, std::ref(a)) == 5);
}

TEST_CASE("a function and its arguments live as long as the call and no longer") {
    const int before = tracked::alive();
    const int faults = tracked::faults();
    {
        auto c =
            make([kept = tracked(1)](const tracked& given) { return kept.value() + given.value(); },
                 tracked(2));
        CHECK(tracked::alive() == before + 2);
        CHECK(c({}) == 3);
    }
    CHECK(tracked::alive() == before);
    CHECK(tracked::faults() == faults);
}

TEST_CASE("a function may return a reference") {
    int n = 0;
    static_assert(std::is_same_v<int&, decltype(call([&]() -> int& { return n; }))>);
    call([&]() -> int& { return n; }) = 5;
    CHECK(n == 5);
}
