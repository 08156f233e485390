// SPDX-License-Identifier: MIT

#include <braid/core/env_list.hpp>

#include <support/catch.hpp>

#include <string>
#include <type_traits>
#include <vector>

using braid::env_list;
using braid::env_only;

static_assert(std::is_trivially_destructible_v<env_list>);
static_assert(std::is_trivially_copyable_v<env_list>);

namespace {

struct options {
    env_list env = {};
};

using strings = std::vector<std::string>;
strings all(const options& o) { return o.env.to_vector(); }
bool replaces(const options& o) { return o.env.replaces(); }

} // namespace

TEST_CASE("environment variables are added") {
    const std::string home = "/home/somebody/with/a/long/name";
    CHECK(all({.env = {"LANG=C", "HOME=" + home}}) == strings{"LANG=C", "HOME=" + home});
    CHECK_FALSE(replaces({.env = {"LANG=C"}}));
    CHECK_FALSE(replaces({}));
    CHECK(all({}).empty());
}

TEST_CASE("env_only replaces the environment") {
    const strings variables{"A=1", "B=2"};
    CHECK(all({.env = env_only("A=1", std::string("B=2"))}) == variables);
    CHECK(replaces({.env = env_only("A=1")}));
    CHECK(all({.env = env_only(variables)}) == variables);
    CHECK(all({.env = env_only(strings{"C=3"})}) == strings{"C=3"});
    CHECK(all({.env = env_only()}).empty());
    CHECK(replaces({.env = env_only()}));
}

TEST_CASE("a range of variables is taken as well") {
    const strings variables{"A=1", "B=2"};
    CHECK(all({.env = variables}) == variables);
    const env_list named = variables;
    CHECK(all({.env = named}) == variables);
}
