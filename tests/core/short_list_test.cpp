// SPDX-License-Identifier: MIT

#include <braid/core/short_list.hpp>

#include <support/catch.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <list>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace braid::detail::core;
using numbers = short_list<read_number, 4>;
using texts = short_list<read_text, 4>;

static_assert(std::is_trivially_destructible_v<numbers> && std::is_trivially_copyable_v<numbers>);
static_assert(std::is_trivially_destructible_v<texts> && std::is_trivially_copyable_v<texts>);
static_assert(std::is_same_v<decltype(numbers().to_vector()), std::vector<int>>);
static_assert(std::is_same_v<decltype(texts().to_vector()), std::vector<std::string>>);

namespace {

std::vector<int> copy(const numbers& n) { return n.to_vector(); }
std::vector<std::string> copy_texts(const texts& t) { return t.to_vector(); }
using ints = std::vector<int>;
using strings = std::vector<std::string>;

} // namespace

TEST_CASE("a list is made from elements between braces") {
    const std::size_t size = 2;
    CHECK(copy({7}) == ints{7});
    CHECK(copy({0, 1U, size, std::int8_t{3}}) == ints{0, 1, 2, 3});
    const std::string s = "string";
    CHECK(copy_texts({"literal", s, s + "!", std::string_view("view")}) ==
          strings{"literal", "string", "string!", "view"});
    CHECK(copy_texts({std::filesystem::path("/a") / "b"}) == strings{"/a/b"});
}

TEST_CASE("a list is made from a range") {
    const ints v{3, 4, 5, 6, 7};
    CHECK(copy(v) == v);
    CHECK(copy(std::list<std::uint64_t>{8, 9}) == ints{8, 9});
    CHECK(copy(std::array<short, 2>{1, 2}) == ints{1, 2});
    const int plain[] = {5, 6};
    CHECK(copy(plain) == ints{5, 6});
    CHECK(copy({v}) == v);
    CHECK(copy(std::views::iota(0, 6)) == ints{0, 1, 2, 3, 4, 5});
    const char* argv[] = {"a", "b"};
    CHECK(copy_texts(argv) == strings{"a", "b"});
    CHECK(copy_texts(strings{"x", "y"}) == strings{"x", "y"});
}

TEST_CASE("a list is made from a range that iterates only as a variable, or makes its elements") {
    ints v{1, 2, 3, 4};
    auto odd = v | std::views::filter([](int n) { return n % 2 == 1; });
    CHECK(copy(odd) == ints{1, 3});
    CHECK(copy(v | std::views::filter([](int n) { return n > 2; })) == ints{3, 4});
    const auto named = [](int n) {
        return "a name too long for a small string " + std::to_string(n);
    };
    CHECK(copy_texts(v | std::views::transform(named) | std::views::take(2)) ==
          strings{named(1), named(2)});
}

TEST_CASE("a string is one element and not a range of characters") {
    const std::string s = "abc";
    CHECK(copy_texts(s) == strings{"abc"});
    CHECK(copy_texts("abc") == strings{"abc"});
}

TEST_CASE("a list views its range: what happens to it meanwhile is seen") {
    ints v{1};
    const numbers list = v;
    v.push_back(2);
    CHECK(list.size() == 2);
    CHECK(copy(list) == ints{1, 2});
}

TEST_CASE("a copy of a list views what the list views") {
    ints v{1, 2};
    numbers list = v;
    const numbers copied = list;
    list = {9};
    CHECK(copy(copied) == v);
    const numbers inside = list;
    list = numbers();
    CHECK(copy(inside) == ints{9});
}

TEST_CASE("a list knows its size") {
    CHECK(numbers().empty());
    CHECK(copy({}).empty());
    CHECK(numbers(ints{}).empty());
    CHECK(numbers(1, 2, 3).size() == 3);
    CHECK(numbers(ints(7)).size() == 7);
    CHECK_FALSE(numbers(0).empty());
}

TEST_CASE("a list visits its elements in order") {
    int sum = 0;
    numbers(1, 2, 3).for_each([&](int n) { sum = 10 * sum + n; });
    CHECK(sum == 123);
    numbers(ints{4, 5}).for_each([&](int n) { sum = 10 * sum + n; });
    CHECK(sum == 12345);
}

TEST_CASE("a number that int cannot hold becomes one that no list takes") {
    CHECK(copy({std::uint64_t{1} << 40, -5}) == ints{-1, -5});
}
