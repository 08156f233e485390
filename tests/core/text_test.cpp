// SPDX-License-Identifier: MIT

#include <braid/core/text.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

using braid::detail::core::text;
using braid::detail::core::view_text;

static_assert(text<std::string> && text<std::string_view> && text<const char*> && text<char[4]>);
static_assert(text<std::filesystem::path>);
static_assert(!text<std::nullptr_t> && !text<int> && !text<char>);

TEST_CASE("strings and paths are viewed where they are") {
    const std::string s = "a string that is too long to stand in the object";
    CHECK(view_text(s).data() == s.data());
    const std::filesystem::path p = s;
    CHECK(view_text(p).data() == p.native().data());
    CHECK(view_text("literal") == "literal");
}
