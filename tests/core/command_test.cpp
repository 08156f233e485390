// SPDX-License-Identifier: MIT

#include <braid/core/command.hpp>

#include <support/catch.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using braid::command;
using braid::pipeline;

static_assert(std::is_trivially_destructible_v<command> && std::is_trivially_copyable_v<command>);
static_assert(std::is_trivially_destructible_v<pipeline>);
static_assert(!std::is_convertible_v<command, pipeline>);

namespace {

using strings = std::vector<std::string>;

// The overloads that the functions have which run programs.
strings run(const command& c, int = 0) { return c.to_vector(); }
strings run(const pipeline& p, int = 0) {
    strings all;
    for (const command& c : p) {
        if (!all.empty()) all.emplace_back("|");
        c.for_each([&](std::string_view word) { all.emplace_back(word); });
    }
    return all;
}

} // namespace

TEST_CASE("a command is made from strings between braces") {
    const std::string dir = "/a/directory/with/a/name/of/some/length";
    CHECK(run({"ls", dir, "-l"}, 1) == strings{"ls", dir, "-l"});
    CHECK(run({"ls", dir + "/sub"}) == strings{"ls", dir + "/sub"});
    CHECK(run({"ls", std::filesystem::path(dir) / "x"}) == strings{"ls", dir + "/x"});
    CHECK(run({"true"}) == strings{"true"});
    CHECK(run({"a", "b"}) == strings{"a", "b"});
}

TEST_CASE("one string is a program without arguments") {
    CHECK(run("true") == strings{"true"});
    CHECK(run("no such program") == strings{"no such program"});
    CHECK(run(std::string("true")) == strings{"true"});
}

TEST_CASE("a command is made from a range of strings") {
    const strings v{"a", "b"};
    CHECK(run(v) == v);
    CHECK(run(strings{"x", "y"}) == strings{"x", "y"});
    const char* argv[] = {"p", "q"};
    CHECK(run(argv) == strings{"p", "q"});
    const strings many(100, "word");
    CHECK(run(many) == many);
    const command named = v;
    CHECK(run(named) == v);
}

TEST_CASE("commands in a row are a pipeline") {
    CHECK(run(command{"a"} | command{"b"}) == strings{"a", "|", "b"});
    CHECK(run(command{"a", "1"} | command{"b"} | command{"c", "2"}, 1) ==
          strings{"a", "1", "|", "b", "|", "c", "2"});
    CHECK(run(command{"a"} | (command{"b"} | command{"c"})) == strings{"a", "|", "b", "|", "c"});
    const auto front = command{"a"} | command{"b"};
    const auto back = command{"c"} | command{"d"};
    CHECK(run(front | back) == strings{"a", "|", "b", "|", "c", "|", "d"});
    CHECK(front.size() == 2);
    CHECK(front[1].to_vector() == strings{"b"});
}

TEST_CASE("a pipeline copies its commands") {
    const strings words{"sort", "-n"};
    command c = words;
    const pipeline p = c | c;
    c = "other";
    CHECK(run(p) == strings{"sort", "-n", "|", "sort", "-n"});
}

TEST_CASE("a pipeline grows command by command") {
    pipeline p;
    CHECK(p.empty());
    p.append("a");
    p.append({"b", "1"});
    p.append(p);
    CHECK(run(p) == strings{"a", "|", "b", "1", "|", "a", "|", "b", "1"});
}

TEST_CASE("a pipeline that is too long is refused in words") {
    pipeline p = command{"a"} | command{"b"};
    for (std::size_t n = p.size(); n < pipeline::capacity; ++n) p = p | command{"c"};
    CHECK(p.size() == pipeline::capacity);
    CHECK_THROWS_AS(p | command{"one too many"}, std::invalid_argument);
}
