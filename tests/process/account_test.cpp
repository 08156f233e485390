// SPDX-License-Identifier: MIT

#include <braid/process/account.hpp>

#include <support/catch.hpp>

#include <string>
#include <type_traits>

using braid::process::account;

static_assert(std::is_trivially_destructible_v<account>);
static_assert(!std::is_constructible_v<account, double>);

namespace {

std::string describe(account a) {
    return a.id() ? std::to_string(a.id()->value()) : std::string(a.name());
}

} // namespace

TEST_CASE("an account is named or numbered") {
    const std::string name = "nobody";
    CHECK(describe("nobody") == "nobody");
    CHECK(describe(name) == "nobody");
    CHECK(describe(1000) == "1000");
    CHECK(describe(0U) == "0");
}

TEST_CASE("an account is nobody in particular by default") {
    CHECK(account().empty());
    CHECK_FALSE(account(0).empty());
    CHECK_FALSE(account("root").empty());
}
