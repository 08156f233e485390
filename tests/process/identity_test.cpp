// SPDX-License-Identifier: MIT

#include <braid/exec/strand.hpp>
#include <braid/process/identity.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/processes.hpp>

#include <string>

namespace process = braid::detail::process;
namespace exec = braid::detail::exec;
using support::demand;

TEST_CASE("the process that the library did not start is the main one") {
    CHECK(process::this_process().is_main);
    CHECK(process::this_process().name == "MainProcess");
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
        process::child_identity made(long_name, false);
        demand(made.name() == long_name, "it is known before");
        demand(process::this_process().is_main, "but nothing is changed yet");
        made.become();
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

TEST_CASE("the strand of a child that takes a token can be stopped") {
    const auto child = support::run_in_child([] {
        process::child_identity made("child", true);
        made.become();
        demand(exec::this_strand().stop.stop_possible(), "it can be");
        demand(!exec::this_strand().stop.stop_requested(), "not yet");
        exec::this_strand().stop.request_stop();
        demand(exec::this_strand().stop.stop_requested(), "now");
    });
    CHECK(child.trouble() == "");
}
