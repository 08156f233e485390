// SPDX-License-Identifier: MIT

#include <braid/exec/available_parallelism.hpp>

#include <braid/os/cpu.hpp>
#include <support/catch.hpp>
#include <support/child.hpp>

#include <thread>

namespace os = braid::detail::os;

TEST_CASE("at least one strand can run, and no more than there are processors to run on") {
    CHECK(braid::available_parallelism() >= 1);
    CHECK(braid::available_parallelism() <= os::allowed_cpus().count());
}

TEST_CASE("a process that may run on one processor can run one strand") {
    const auto child = support::run_in_child([] {
        const os::cpu_set all = os::allowed_cpus();
        int first = 0;
        while (!all.contains(first)) ++first;
        os::cpu_set one;
        one.add(first);
        os::set_allowed_cpus(one);
        support::demand(braid::available_parallelism() == 1, "one processor, one strand");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("many threads may ask at once") {
    const auto expected = braid::available_parallelism();
    std::size_t first = 0;
    std::size_t second = 0;
    std::thread a([&] { first = braid::available_parallelism(); });
    std::thread b([&] { second = braid::available_parallelism(); });
    a.join();
    b.join();
    CHECK(first == expected);
    CHECK(second == expected);
}
