// SPDX-License-Identifier: MIT

#include <braid/process/run_options.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using braid::process::redirect;
using braid::process::run_options;

static_assert(std::is_aggregate_v<run_options>);
static_assert(std::is_trivially_destructible_v<run_options>);
static_assert(std::is_trivially_copyable_v<run_options>);

namespace {

run_options same(const run_options& o) { return o; }

std::string input_of(const run_options& o) { return std::string(o.input.value_or("none")); }

} // namespace

TEST_CASE("a program runs as its caller does unless told otherwise") {
    const run_options none;
    CHECK_FALSE(none.input);
    CHECK_FALSE(none.capture);
    CHECK(none.timeout.is_forever());
    CHECK_FALSE(none.check);
    CHECK(none.cwd.empty());
    CHECK(none.env.empty());
    CHECK_FALSE(none.env.replaces());
    CHECK(none.in.what() == redirect::kind::by_default);
    CHECK(none.out.what() == redirect::kind::by_default);
    CHECK(none.err.what() == redirect::kind::by_default);
    CHECK(none.pass_fds.empty());
    CHECK_FALSE(none.limits.memory);
    CHECK_FALSE(none.new_session);
    CHECK_FALSE(none.umask);
    CHECK(none.nice == 0);
    CHECK(none.cpus.empty());
    CHECK(none.user.empty());
    CHECK(none.group.empty());
    CHECK_FALSE(none.max_output);
}

TEST_CASE("a program's options are given by name, in their order") {
    const std::string dir = "/var";
    const std::vector<int> fds{3, 4};
    const auto o = same({.capture = true,
                         .timeout = 2s,
                         .check = true,
                         .cwd = dir,
                         .env = {"A=1", "B=2"},
                         .in = redirect::null,
                         .out = redirect::file("x"),
                         .err = redirect::to_out,
                         .pass_fds = fds,
                         .limits = {.memory = 64 << 20, .cpu_time = 2s},
                         .umask = 022,
                         .nice = 5,
                         .cpus = {0, 1},
                         .user = "nobody",
                         .group = 100,
                         .max_output = 1 << 20});
    CHECK(o.timeout == 2s);
    CHECK(o.cwd.view() == dir);
    CHECK(o.env.to_vector() == std::vector<std::string>{"A=1", "B=2"});
    CHECK(o.in.what() == redirect::kind::null);
    CHECK(o.pass_fds.to_vector() == fds);
    CHECK(o.limits.memory->value() == 64U << 20);
    CHECK(o.umask == 022U);
    CHECK(o.cpus.size() == 2);
    CHECK(o.user.name() == "nobody");
    CHECK(o.group.id()->value() == 100);
    CHECK(o.max_output->value() == 1U << 20);
}

TEST_CASE("empty input is not the same as none") {
    const std::string text = "a text that is too long for a small string object";
    CHECK(input_of({}) == "none");
    CHECK(input_of({.input = ""}).empty());
    CHECK(input_of({.input = text}) == text);
    CHECK(input_of({.input = text + "\n"}) == text + "\n");
}
