// SPDX-License-Identifier: MIT

#include <braid/core/path_ref.hpp>

#include <support/catch.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

using braid::path_ref;

static_assert(std::is_trivially_destructible_v<path_ref>);
static_assert(std::is_trivially_copyable_v<path_ref>);
static_assert(!std::is_constructible_v<path_ref, int>);
static_assert(!std::is_constructible_v<path_ref, std::nullptr_t>);

namespace {

std::string copy(path_ref p) { return p.to_string(); }

} // namespace

TEST_CASE("a path_ref is made from whatever names a file") {
    const std::string s = "/var/log";
    const std::filesystem::path p = s;
    CHECK(copy("/var/log") == s);
    CHECK(copy(s) == s);
    CHECK(copy(std::string_view(s).substr(0, 4)) == "/var");
    CHECK(copy(p) == s);
    CHECK(copy(p / "apt") == "/var/log/apt");
    CHECK(copy(s + "/apt") == "/var/log/apt");
}

TEST_CASE("a path_ref views and does not copy") {
    const std::string s = "/a/path/that/is/too/long/to/stand/in/the/object";
    const path_ref p = s;
    const path_ref q = p;
    CHECK(q.view().data() == s.data());
}

TEST_CASE("a path_ref is empty by default") {
    CHECK(path_ref().empty());
    CHECK(path_ref("").empty());
    CHECK_FALSE(path_ref("x").empty());
    CHECK(path_ref().to_string().empty());
}
