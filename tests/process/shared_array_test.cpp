// SPDX-License-Identifier: MIT

#include <braid/process/shared_array.hpp>
#include <braid/process/spawn.hpp>

#include <support/catch.hpp>
#include <support/descriptors.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace process = braid::process;
using process::shared_array;

static_assert(std::ranges::contiguous_range<shared_array<int>>);
static_assert(std::ranges::sized_range<shared_array<int>>);
static_assert(std::is_convertible_v<shared_array<int>&, std::span<int>>);

TEST_CASE("a shared array is zero at first") {
    const shared_array<int> numbers(100'000);
    CHECK(numbers.size() == 100'000);
    CHECK_FALSE(numbers.empty());
    CHECK(std::ranges::all_of(numbers, [](int n) { return n == 0; }));
    const shared_array<std::atomic<int>> atomics(10);
    CHECK(std::ranges::all_of(atomics, [](const auto& n) { return n.load() == 0; }));
}

TEST_CASE("a shared array is a contiguous range") {
    const shared_array<int> numbers(5);
    std::iota(numbers.begin(), numbers.end(), 1);
    CHECK(numbers[4] == 5);
    CHECK(numbers.data() + 5 == numbers.end());
    const std::span<int> view = numbers;
    CHECK(view.size() == 5);
    CHECK(view.data() == numbers.data());
    std::ranges::sort(numbers, std::greater<>());
    CHECK(view.front() == 5);
    int sum = 0;
    for (const int n : numbers) sum += n;
    CHECK(sum == 15);
}

TEST_CASE("copies of the handle mean the same elements, which live as long as one of them") {
    auto first = std::make_unique<shared_array<int>>(3);
    const shared_array<int> second = *first;
    (*first)[1] = 7;
    CHECK(second.data() == first->data());
    first.reset();
    CHECK(second[1] == 7);
}

TEST_CASE("children write into the array of their parent") {
    const shared_array<std::uint64_t> squares(4000);
    const shared_array<std::atomic<int>> done(4);
    {
        std::vector<process::handle> children;
        for (std::size_t c = 0; c < 4; ++c) {
            children.push_back(process::spawn([=] {
                for (std::size_t i = c * 1000; i < (c + 1) * 1000; ++i) squares[i] = i * i;
                ++done[c];
            }));
        }
    }
    CHECK(std::ranges::all_of(done, [](const auto& d) { return d == 1; }));
    bool right = true;
    for (std::size_t i = 0; i < squares.size(); ++i) right = right && squares[i] == i * i;
    CHECK(right);
}

TEST_CASE("an array of nothing is empty") {
    const shared_array<double> none(0);
    CHECK(none.empty());
    CHECK(none.size() == 0);
    CHECK(none.begin() == none.end());
    CHECK(std::span<double>(none).empty());
}

TEST_CASE("an array of several huge pages is one piece, to its last byte") {
    const shared_array<char> bytes((5 << 20) + 1);
    bytes[bytes.size() - 1] = 'x';
    auto h = process::spawn([bytes] { bytes[0] = bytes[bytes.size() - 1]; });
    CHECK(h.join().success());
    CHECK(bytes[0] == 'x');
}

TEST_CASE("a negative size is refused") {
    CHECK_THROWS_AS(shared_array<int>(-1), std::invalid_argument);
    CHECK_THROWS_WITH(shared_array<int>(-1),
                      "process::shared_array: the size must not be negative, and is -1");
}

TEST_CASE("a size that no memory holds is an error, and leaves nothing open") {
    const auto open = support::open_descriptors();
    CHECK_THROWS_AS(shared_array<int>(std::numeric_limits<std::int64_t>::max()),
                    std::invalid_argument);
    CHECK_THROWS_AS(shared_array<int>(std::numeric_limits<std::uint64_t>::max()),
                    std::invalid_argument);
    CHECK_THROWS_AS(shared_array<char>(std::numeric_limits<std::int64_t>::max()),
                    std::system_error);
    CHECK_THROWS_AS(shared_array<char>(std::int64_t{1} << 55), std::system_error);
    CHECK(support::open_descriptors() == open);
}
