// SPDX-License-Identifier: MIT

#include <braid/core/assert.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <csignal>
#include <string>

namespace {

#ifdef NDEBUG
constexpr bool checked = false;
#else
constexpr bool checked = true;
#endif

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

constexpr int line_of_failure = __LINE__ + 1;
void give_up() { braid::detail::core::fail("no way on"); }

int checked_half(int n) {
    if (n > 0) // the macro is one statement, with or without its checks
        BRAID_ASSERT(n % 2 == 0, "an odd number");
    else
        return 0;
    return n / 2;
}

} // namespace

TEST_CASE("fail prints the place and the reason, and aborts, in every build") {
    const auto child = support::run_in_child(give_up);
    CHECK(child.killed_by(SIGABRT));
    CHECK(contains(child.err, "braid: "));
    CHECK(contains(child.err, "assert_test.cpp:" + std::to_string(line_of_failure) + ": "));
    CHECK(contains(child.err, "give_up"));
    CHECK(contains(child.err, ": no way on\n"));
    CHECK(child.out.empty());
}

TEST_CASE("an assertion that fails names the place, the condition and the fault, and aborts") {
    const auto child = support::run_in_child([] { return checked_half(3); });
    if (checked) {
        CHECK(child.killed_by(SIGABRT));
        CHECK(contains(child.err, "assert_test.cpp:"));
        CHECK(contains(child.err, "checked_half"));
        CHECK(contains(child.err, "failed: n % 2 == 0: an odd number"));
    } else {
        CHECK(child.exited_with(1));
        CHECK(child.err.empty());
    }
}

TEST_CASE("an assertion that holds does nothing") {
    CHECK(checked_half(4) == 2);
    CHECK(checked_half(-1) == 0);
}

TEST_CASE("an assertion looks at its condition once, and not at all with NDEBUG") {
    [[maybe_unused]] int looked = 0;
    BRAID_ASSERT(++looked > 0, "counts");
    CHECK(looked == (checked ? 1 : 0));
}
