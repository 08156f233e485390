// SPDX-License-Identifier: MIT

#include <braid/os/event_fd.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

#include <unistd.h>

namespace os = braid::detail::os;
using braid::detail::core::deadline;
using os::wait_readable;
using namespace std::chrono_literals;

TEST_CASE("a bell can be heard from when it is rung, and goes on ringing") {
    const os::event_fd bell;
    CHECK_FALSE(wait_readable(bell.get(), deadline::passed()));
    bell.ring();
    CHECK(wait_readable(bell.get(), deadline::passed()));
    CHECK(wait_readable(bell.get(), deadline::never()));
    bell.ring();
    CHECK(wait_readable(bell.get(), deadline::passed()));
}

TEST_CASE("a bell rung by another thread ends a wait") {
    const os::event_fd bell;
    std::thread other([&] { bell.ring(); });
    CHECK(wait_readable(bell.get(), deadline::never()));
    other.join();
}

TEST_CASE("a bell may be rung in a signal handler") {
    const auto child = support::run_in_child([] {
        static const os::event_fd bell;
        std::signal(SIGUSR1, [](int) { bell.ring(); });
        std::raise(SIGUSR1);
        support::demand(wait_readable(bell.get(), deadline::after(10s)), "heard");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a bell whose count is at its end still rings, and ringing it does not block") {
    const os::event_fd bell;
    const std::uint64_t most = UINT64_MAX - 1;
    CHECK(::write(bell.get(), &most, sizeof most) == sizeof most);
    bell.ring();
    CHECK(wait_readable(bell.get(), deadline::passed()));
}

TEST_CASE("a bell is closed on exec, and closed at the end of its scope") {
    const auto before = support::open_descriptors();
    {
        const os::event_fd bell;
        CHECK(support::is_close_on_exec(bell.get()));
        CHECK(bell.get() > 2);
    }
    CHECK(support::open_descriptors() == before);
}
