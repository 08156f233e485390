// SPDX-License-Identifier: MIT

#include <braid/core/error.hpp>

#include <support/catch.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>

static_assert(std::is_base_of_v<std::runtime_error, braid::error>);
static_assert(!std::is_base_of_v<std::exception, braid::stopped>);
static_assert(std::is_empty_v<braid::stopped>);

TEMPLATE_TEST_CASE("every exception of the library is a braid::error and keeps its words", "",
                   braid::timeout_error, braid::cancelled_error, braid::closed_error,
                   braid::broken_promise, braid::broken_barrier) {
    STATIC_REQUIRE(std::is_base_of_v<braid::error, TestType>);
    try {
        throw TestType("the words");
    } catch (const braid::error& e) {
        CHECK(std::string(e.what()) == "the words");
        return;
    }
    FAIL("not caught as braid::error");
}

TEST_CASE("what stops a strand passes by a handler of std::exception") {
    bool passed_by = false;
    try {
        try {
            throw braid::stopped();
        } catch (const std::exception&) {
            FAIL("taken for an error");
        }
    } catch (const braid::stopped&) {
        passed_by = true;
    }
    CHECK(passed_by);
}
