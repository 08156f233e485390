// SPDX-License-Identifier: MIT

#include <braid/exec/strand.hpp>
#include <braid/process/identity.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/processes.hpp>

#include <csignal>
#include <stop_token>
#include <string>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace process = braid::detail::process;
namespace exec = braid::detail::exec;
using support::demand;

namespace {

bool is_held_back(int number) {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return sigismember(&mask, number) == 1;
}

} // namespace

TEST_CASE("the process that the library did not start is the main one") {
    CHECK(process::this_process().is_main);
    CHECK(process::this_process().name == "MainProcess");
    CHECK_FALSE(process::this_process().watches_sigterm);
}

TEST_CASE("a child without a name gets one with a number of its own") {
    CHECK(process::name_of_child("given") == "given");
    const std::string first = process::name_of_child("");
    const std::string second = process::name_of_child("");
    CHECK(first.starts_with("process-"));
    CHECK(second.starts_with("process-"));
    CHECK(first != second);
}

TEST_CASE("becoming a child changes the name, the kernel's name and the strand") {
    const auto child = support::run_in_child([] {
        const std::string long_name = "a name of more than fifteen bytes";
        process::become_child(long_name, std::stop_source(std::nostopstate));
        demand(process::this_process().name == long_name, "the whole name");
        demand(!process::this_process().is_main, "not main");
        demand(support::text_of("/proc/self/comm") == "a name of more \n", "15 bytes of it");
        demand(process::name_of_child("") == "process-1", "numbers begin anew");
        demand(exec::this_strand().name == "MainThread", "its thread is its main one");
        demand(exec::this_strand().number == 1, "and the first");
        demand(!exec::this_strand().stop.stop_possible(), "it cannot be stopped");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("the strand of a child hears of the stop source that it is given") {
    const auto child = support::run_in_child([] {
        std::stop_source stop;
        process::become_child("child", stop);
        demand(!exec::this_strand().stop.stop_requested(), "not yet");
        stop.request_stop();
        demand(exec::this_strand().stop.stop_requested(), "now");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("SIGTERM that was held back for a watcher reaches a child without one") {
    const auto child = support::run_in_child([] {
        const braid::detail::os::signal_block term{SIGTERM};
        process::become_child("watched", std::stop_source());
        demand(is_held_back(SIGTERM), "one with a watcher holds it back");
        process::become_child("watched again", std::stop_source());
        demand(is_held_back(SIGTERM), "and a child of the kind too");
        process::become_child("plain", std::stop_source(std::nostopstate));
        demand(!is_held_back(SIGTERM), "one without lets it through");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("SIGTERM that the user holds back stays so in a child") {
    const auto child = support::run_in_child([] {
        const braid::detail::os::signal_block term{SIGTERM};
        process::become_child("plain", std::stop_source(std::nostopstate));
        demand(is_held_back(SIGTERM), "it is the user's mask");
    });
    CHECK(child.trouble() == "");
}
