// SPDX-License-Identifier: MIT

#include <braid/core/intrusive.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <csignal>
#include <string>
#include <type_traits>

namespace {

struct item : braid::detail::core::intrusive_node {
    explicit item(int n) : number(n) {}
    int number;
};

using list = braid::detail::core::intrusive_list<item>;

static_assert(!std::is_copy_constructible_v<item> && !std::is_copy_assignable_v<item>);
static_assert(!std::is_copy_constructible_v<list> && !std::is_copy_assignable_v<list>);

std::string drained(list& l) {
    std::string numbers;
    while (const item* const first = l.pop_front()) numbers += std::to_string(first->number);
    return numbers;
}

} // namespace

TEST_CASE("an intrusive list gives back first in, first out") {
    list l;
    item a(1), b(2), c(3);
    CHECK(l.empty());
    CHECK(l.pop_front() == nullptr);
    l.push_back(a);
    l.push_back(b);
    l.push_back(c);
    CHECK_FALSE(l.empty());
    CHECK(l.pop_front() == &a);
    CHECK(drained(l) == "23");
    CHECK(l.empty());
}

TEST_CASE("an item knows whether it stands in a list") {
    list l;
    item a(1);
    CHECK_FALSE(a.is_linked());
    l.push_back(a);
    CHECK(a.is_linked());
    CHECK(l.pop_front() == &a);
    CHECK_FALSE(a.is_linked());
    l.push_back(a);
    l.erase(a);
    CHECK_FALSE(a.is_linked());
}

TEST_CASE("an item leaves an intrusive list from anywhere, and the others keep their order") {
    for (int gone = 1; gone <= 4; ++gone) {
        list l;
        item items[] = {item(1), item(2), item(3), item(4)};
        std::string rest;
        for (item& i : items) {
            l.push_back(i);
            if (i.number != gone) rest += std::to_string(i.number);
        }
        l.erase(items[gone - 1]);
        CHECK(drained(l) == rest);
    }
}

TEST_CASE("an item that left joins again, in this list or another") {
    list one, other;
    item a(1), b(2);
    one.push_back(a);
    one.push_back(b);
    one.erase(a);
    one.push_back(a);
    CHECK(drained(one) == "21");
    other.push_back(b);
    one.push_back(a);
    CHECK(drained(other) == "2");
    CHECK(drained(one) == "1");
}

#ifndef NDEBUG
TEST_CASE("misuse of an intrusive list is found: listed twice, destroyed in it, a list not empty") {
    SECTION("listed twice") {
        const auto child = support::run_in_child([] {
            list l, other;
            item a(1);
            l.push_back(a);
            other.push_back(a);
        });
        CHECK(child.killed_by(SIGABRT));
        CHECK(child.err.find("it stands in a list already") != std::string::npos);
    }
    SECTION("destroyed while it stands in one") {
        const auto child = support::run_in_child([] {
            list l;
            item a(1);
            l.push_back(a);
        });
        CHECK(child.killed_by(SIGABRT));
        CHECK(child.err.find("destroyed while it stands in a list") != std::string::npos);
    }
    SECTION("a list that somebody stands in") {
        const auto child = support::run_in_child([] {
            item a(1);
            list l;
            l.push_back(a);
        });
        CHECK(child.killed_by(SIGABRT));
        CHECK(child.err.find("a list destroyed while somebody") != std::string::npos);
    }
}
#endif
