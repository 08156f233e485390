// SPDX-License-Identifier: MIT

#include <braid/core/exit_status.hpp>

#include <support/catch.hpp>

#include <csignal>
#include <string>
#include <type_traits>

using braid::exit_status;
using braid::detail::core::signal_name;

static_assert(std::is_trivially_copyable_v<exit_status>, "it lies in shared memory");
static_assert(!exit_status().known() && !exit_status().success());
static_assert(exit_status::exited(0).success());

TEST_CASE("an exit code is known, and 0 alone is success") {
    const auto status = exit_status::exited(3);
    CHECK(status.known());
    CHECK_FALSE(status.success());
    CHECK(status.code() == 3);
    CHECK_FALSE(status.signal().has_value());
    CHECK_FALSE(status.core_dumped());
    CHECK(exit_status::exited(0).success());
    CHECK(exit_status::exited(0).code() == 0);
}

TEST_CASE("a signal is no exit code") {
    const auto killed = exit_status::killed(SIGKILL, false);
    CHECK(killed.known());
    CHECK_FALSE(killed.success());
    CHECK_FALSE(killed.code().has_value());
    CHECK(killed.signal() == SIGKILL);
    CHECK_FALSE(killed.core_dumped());
    const auto dumped = exit_status::killed(SIGSEGV, true);
    CHECK(dumped.signal() == SIGSEGV);
    CHECK(dumped.core_dumped());
}

TEST_CASE("an unknown end is neither a code nor a signal, nor success") {
    const exit_status status;
    CHECK_FALSE(status.known());
    CHECK_FALSE(status.success());
    CHECK_FALSE(status.code().has_value());
    CHECK_FALSE(status.signal().has_value());
    CHECK_FALSE(status.core_dumped());
}

TEST_CASE("an exit status says in words how a process ended") {
    CHECK(exit_status::exited(3).to_string() == "exited with code 3");
    CHECK(exit_status::exited(0).to_string() == "exited with code 0");
    CHECK(exit_status::killed(SIGKILL, false).to_string() == "killed by SIGKILL");
    CHECK(exit_status::killed(SIGSEGV, true).to_string() == "killed by SIGSEGV (core dumped)");
    CHECK(exit_status::killed(35, false).to_string() == "killed by signal 35");
    CHECK(exit_status().to_string() == "ended, nobody knows how");
}

TEST_CASE("exit statuses are equal when code, signal and core dump are") {
    CHECK(exit_status::exited(1) == exit_status::exited(1));
    CHECK(exit_status::exited(1) != exit_status::exited(2));
    CHECK(exit_status::exited(9) != exit_status::killed(9, false));
    CHECK(exit_status::killed(9, false) != exit_status::killed(9, true));
    CHECK(exit_status() == exit_status());
    CHECK(exit_status() != exit_status::exited(0));
}

TEST_CASE("every signal below the real-time ones has its name") {
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(signal_name(SIGUSR1) == "SIGUSR1");
    for (int number = 1; number < 32; ++number) {
        if (number == 16) continue; // SIGSTKFLT, which nothing sends
        INFO(number);
        CHECK(signal_name(number).substr(0, 3) == "SIG");
    }
    CHECK(signal_name(0) == "signal 0");
    CHECK(signal_name(64) == "signal 64");
}
