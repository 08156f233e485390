// SPDX-License-Identifier: MIT

#include <braid/core/lists.hpp>

#include <support/catch.hpp>

#include <ranges>
#include <type_traits>
#include <vector>

using braid::cpu_list;
using braid::fd_list;

static_assert(std::is_trivially_destructible_v<cpu_list>);
static_assert(std::is_trivially_destructible_v<fd_list>);
static_assert(!std::is_aggregate_v<cpu_list>);

namespace {

struct options {
    fd_list pass_fds = {};
    cpu_list cpus = {};
};

std::vector<int> both(const options& o) {
    std::vector<int> all = o.pass_fds.to_vector();
    o.cpus.for_each([&](int cpu) { all.push_back(cpu); });
    return all;
}

} // namespace

TEST_CASE("the lists are fields that braces and ranges fill") {
    const std::vector<int> fds{3, 4};
    CHECK(both({.pass_fds = {3, 4}, .cpus = {0, 1}}) == std::vector{3, 4, 0, 1});
    CHECK(both({.pass_fds = fds}) == fds);
    CHECK(both({.cpus = std::views::iota(0, 3)}) == std::vector{0, 1, 2});
    CHECK(both({.cpus = {7}}) == std::vector{7});
    CHECK(both({}).empty());
}

TEST_CASE("a list is copied with the options") {
    options o{.pass_fds = {3}};
    const options copy = o;
    o.pass_fds = {5, 6};
    CHECK(both(copy) == std::vector{3});
    CHECK(both(o) == std::vector{5, 6});
}
