// SPDX-License-Identifier: MIT

#include <braid/exec/strand.hpp>

#include <braid/os/thread.hpp>
#include <support/catch.hpp>
#include <support/child.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace exec = braid::detail::exec;
namespace os = braid::detail::os;

TEST_CASE("the main thread is strand 1, MainThread, and cannot be stopped") {
    const exec::strand& self = exec::this_strand();
    CHECK(self.number == 1);
    CHECK(self.name == "MainThread");
    CHECK_FALSE(self.stop.stop_possible());
    CHECK(self.no_stop == 0);
    CHECK(&exec::this_strand() == &self);
}

TEST_CASE("a thread that the library did not start has a number and the kernel's name") {
    exec::strand* seen = nullptr;
    std::uint64_t number = 0;
    std::string name;
    bool same = false;
    bool stop_possible = true;
    std::thread([&] {
        os::set_thread_name("foreigner");
        seen = &exec::this_strand();
        same = seen == &exec::this_strand();
        number = seen->number;
        name = seen->name;
        stop_possible = seen->stop.stop_possible();
    }).join();
    CHECK(number > 1);
    CHECK(name == "foreigner");
    CHECK(same);
    CHECK(seen != &exec::this_strand());
    CHECK_FALSE(stop_possible);
}

TEST_CASE("no number is given twice") {
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 2'000;
    std::vector<std::vector<std::uint64_t>> drawn(threads);
    std::vector<std::thread> drawing;
    for (auto& mine : drawn) {
        drawing.emplace_back([&mine] {
            for (std::size_t i = 0; i < each; ++i) mine.push_back(exec::next_strand_number());
        });
    }
    for (auto& t : drawing) t.join();
    std::set<std::uint64_t> all{1};
    for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
    CHECK(all.size() == threads * each + 1);
}

TEST_CASE("a thread is the strand that it was made, until it is none") {
    std::uint64_t inside = 0;
    std::uint64_t after = 0;
    std::uint64_t again = 0;
    std::thread([&] {
        exec::strand made{exec::next_strand_number(), "made", std::stop_source()};
        exec::set_this_strand(&made);
        inside = exec::this_strand().number == made.number ? 1 : 0;
        exec::set_this_strand(nullptr);
        after = exec::this_strand().number;
        again = exec::this_strand().number;
        inside += after != made.number ? 1 : 0;
    }).join();
    CHECK(inside == 2);
    CHECK(after == again);
}

TEST_CASE("the one thread of a child that another thread forked is its main thread") {
    support::child_result child;
    std::thread([&] {
        child = support::run_in_child([] {
            support::demand(os::is_main_thread(), "it is the main thread");
            support::demand(exec::this_strand().number == 1, "number 1");
            support::demand(exec::this_strand().name == "MainThread", "its name");
        });
    }).join();
    CHECK(child.trouble() == "");
}
