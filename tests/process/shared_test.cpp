// SPDX-License-Identifier: MIT

#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>

#include <support/catch.hpp>
#include <support/descriptors.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace process = braid::process;
using process::shareable;
using process::shared;

namespace {

struct point {
    int x = 3;
    double y = 4;
};

struct without_default {
    explicit without_default(int n) : number(n) {}
    int number;
};

static_assert(shareable<int> && shareable<point> && shareable<without_default>);
static_assert(shareable<std::atomic<int>> && shareable<std::atomic<std::uint64_t>>);
static_assert(!shareable<int*> && !shareable<int point::*>);
static_assert(!shareable<std::string> && !shareable<std::vector<int>>);

} // namespace

TEST_CASE("a shared value is made from its arguments, and used like what a pointer points to") {
    CHECK(*shared<int>() == 0);
    CHECK(*shared<int>(42) == 42);
    const shared<point> made;
    CHECK(made->x == 3);
    CHECK(made->y == 4);
    CHECK(shared<without_default>(7)->number == 7);
    CHECK(*shared<std::atomic<int>>(5) == 5);
    CHECK(*shared<std::atomic<int>>() == 0);
    CHECK(made.get() == &*made);
}

TEST_CASE("copies of the handle mean the same value, which lives as long as one of them") {
    auto first = std::make_unique<shared<int>>(1);
    const shared<int> second = *first;
    CHECK(first->get() == second.get());
    **first = 2;
    first.reset();
    CHECK(*second == 2);
}

TEST_CASE("what a child writes is seen by its parent after the join") {
    const shared<point> value;
    auto h = process::spawn([value] {
        value->x = 10;
        value->y = 20;
    });
    CHECK(h.join().success());
    CHECK(value->x == 10);
    CHECK(value->y == 20);
}

TEST_CASE("processes count together in a shared atomic") {
    const shared<std::atomic<int>> counter{0};
    {
        std::vector<process::handle> children;
        for (int i = 0; i < 4; ++i) {
            children.push_back(process::spawn([counter] {
                for (int n = 0; n < 1000; ++n) ++*counter;
            }));
        }
    }
    CHECK(*counter == 4000);
}

TEST_CASE("a value that a child makes is seen by the children that it forks later") {
    const shared<std::atomic<int>> result{0};
    auto h = process::spawn([result] {
        const shared<int> own{5};
        auto grandchild = process::spawn([own] { *own += 6; });
        grandchild.join();
        *result = *own;
    });
    CHECK(h.join().success());
    CHECK(*result == 11);
}

TEST_CASE("shared values leave nothing in /dev/shm and no descriptor") {
    const auto files = [] {
        int count = 0;
        if (!std::filesystem::exists("/dev/shm")) return 0;
        for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator("/dev/shm")) {
            ++count;
        }
        return count;
    };
    const int before = files();
    const auto open = support::open_descriptors();
    std::vector<shared<int>> values;
    for (int i = 0; i < 50; ++i) values.emplace_back(i);
    CHECK(files() == before);
    CHECK(support::open_descriptors() == open);
    int sum = 0;
    for (const auto& value : values) sum += *value;
    CHECK(sum == 1225);
}
