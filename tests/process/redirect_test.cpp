// SPDX-License-Identifier: MIT

#include <braid/process/redirect.hpp>

#include <support/catch.hpp>

#include <filesystem>
#include <string>
#include <type_traits>

using braid::process::redirect;

static_assert(std::is_trivially_destructible_v<redirect>);
static_assert(std::is_trivially_copyable_v<redirect>);
static_assert(redirect().what() == redirect::kind::by_default);
static_assert(redirect::null.what() == redirect::kind::null);

namespace {

std::string path_of(const redirect& r) { return r.path().to_string(); }

} // namespace

TEST_CASE("a redirect says where to") {
    CHECK(redirect::inherit.what() == redirect::kind::inherit);
    CHECK(redirect::pipe.what() == redirect::kind::pipe);
    CHECK(redirect::to_out.what() == redirect::kind::to_out);
    CHECK(redirect::fd(7).what() == redirect::kind::fd);
    CHECK(redirect::fd(7).descriptor() == 7);
    CHECK(redirect::null.descriptor() == -1);
}

TEST_CASE("a redirect to a file views its name") {
    const std::string dir = "/a/directory/with/a/name/of/some/length";
    CHECK(redirect::file("x").what() == redirect::kind::file);
    CHECK(path_of(redirect::file("x")) == "x");
    CHECK(path_of(redirect::file(dir + "/x")) == dir + "/x");
    CHECK(path_of(redirect::file(std::filesystem::path(dir) / "x")) == dir + "/x");
    CHECK(redirect::pipe.path().empty());
}
