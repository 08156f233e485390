// SPDX-License-Identifier: MIT

#include <braid/core/error.hpp>
#include <braid/process/current.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>

#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/processes.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stop_token>
#include <string>

#include <unistd.h>

using namespace std::chrono_literals;
namespace process = braid::process;
using number = process::shared<std::atomic<int>>;

TEST_CASE("the main process knows its number, its parent's and its name") {
    CHECK(process::id() == ::getpid());
    CHECK(process::parent_id() == ::getppid());
    CHECK(process::name() == "MainProcess");
    CHECK(process::is_main());
    CHECK_FALSE(process::stop_requested());
}

TEST_CASE("a child knows who it is") {
    const number right{0};
    auto h = process::spawn({.name = "calc-0"}, [right, parent = process::id()] {
        *right = process::id() == ::getpid() && process::id() != parent &&
                 process::parent_id() == parent && process::name() == "calc-0" &&
                 !process::is_main();
    });
    CHECK(h.join().success());
    CHECK(*right == 1);
    CHECK(process::id() == ::getpid());
}

TEST_CASE("a child that is asked to stop can ask whether it was") {
    const number state{0};
    auto h = process::spawn([state](const std::stop_token& stop) {
        *state = process::stop_requested() ? 9 : 1;
        while (!stop.stop_requested()) process::yield();
        *state = process::stop_requested() ? 2 : 8;
    });
    CHECK(support::eventually([&] { return *state != 0; }));
    CHECK(*state == 1);
    h.request_stop();
    CHECK(h.join().success());
    CHECK(*state == 2);
}

TEST_CASE("sleeping takes at least its time") {
    const auto began = std::chrono::steady_clock::now();
    process::sleep_for(20ms);
    CHECK(std::chrono::steady_clock::now() - began >= 20ms);
    process::sleep_for(-1h);
    process::sleep_for(0s);
    const auto until = std::chrono::system_clock::now() + 20ms;
    process::sleep_until(until);
    CHECK(std::chrono::system_clock::now() >= until - 1ms); // that clock may be corrected
    process::sleep_until(until - 1h);
}

TEST_CASE("sleeping is a stop point, and a child that leaves by it ends as by SIGTERM") {
    const number state{0};
    auto h = process::spawn([state](const std::stop_token&) {
        *state = 1;
        process::sleep_for(std::chrono::hours::max());
        *state = 2;
    });
    CHECK(support::eventually([&] { return *state == 1; }));
    h.request_stop();
    CHECK(h.join().signal() == SIGTERM);
    CHECK(*state == 1);
}
