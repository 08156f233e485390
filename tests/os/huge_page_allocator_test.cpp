// SPDX-License-Identifier: MIT

#include <braid/os/huge_page_allocator.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <cstring>
#include <limits>
#include <list>
#include <new>
#include <numeric>
#include <vector>

namespace {

using braid::huge_page_allocator;
template <class T> using huge_vector = std::vector<T, huge_page_allocator<T>>;

TEST_CASE("memory of 2 MiB and more begins at a multiple of 2 MiB and can be written to its end") {
    huge_page_allocator<char> allocator;
    for (const std::size_t bytes :
         {std::size_t{2} << 20, (std::size_t{2} << 20) + 1, (std::size_t{5} << 20) - 1}) {
        char* const memory = allocator.allocate(bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(memory) % (std::size_t{2} << 20) == 0);
        std::memset(memory, 1, bytes);
        allocator.deallocate(memory, bytes);
    }
}

TEST_CASE("a small container in huge pages is an ordinary one") {
    huge_vector<int> v{1, 2, 3};
    v.push_back(4);
    CHECK(std::accumulate(v.begin(), v.end(), 0) == 10);
}

TEST_CASE("a container grows from the heap into huge pages and keeps its elements") {
    huge_vector<std::int64_t> v;
    for (std::int64_t i = 0; i < 1'000'000; ++i) v.push_back(i);
    CHECK(std::accumulate(v.begin(), v.end(), std::int64_t{0}) == 499'999'500'000);
}

TEST_CASE("the allocator is rebound by containers with nodes, and all are equal") {
    std::list<int, huge_page_allocator<int>> l{1, 2};
    l.push_back(3);
    CHECK(l.size() == 3);
    CHECK(huge_page_allocator<int>() == huge_page_allocator<int>(huge_page_allocator<char>()));
}

TEST_CASE("more memory than there is address space is refused") {
    huge_page_allocator<std::int64_t> allocator;
    CHECK_THROWS_AS(static_cast<void>(allocator.allocate(std::numeric_limits<std::size_t>::max())),
                    std::bad_alloc);
    CHECK_THROWS_AS(static_cast<void>(allocator.allocate(std::size_t{1} << 59)), std::bad_alloc);
}

} // namespace
