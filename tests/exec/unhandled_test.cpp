// SPDX-License-Identifier: MIT

#include <braid/exec/unhandled.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <atomic>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace exec = braid::detail::exec;

namespace {

template <class E> void report(E exception, const char* name = "worker-1") {
    exec::report_unhandled({"thread", name, std::make_exception_ptr(std::move(exception))});
}

/// Restores the default at its end.
class hook_for_a_scope {
public:
    explicit hook_for_a_scope(braid::unhandled_hook hook) {
        before_ = braid::set_unhandled_hook(std::move(hook));
    }
    hook_for_a_scope(const hook_for_a_scope&) = delete;
    hook_for_a_scope& operator=(const hook_for_a_scope&) = delete;
    ~hook_for_a_scope() { braid::set_unhandled_hook(before_); }

private:
    braid::unhandled_hook before_;
};

struct disk_full {};

} // namespace

namespace far::away {
struct storm : std::runtime_error {
    using std::runtime_error::runtime_error;
};
} // namespace far::away

TEST_CASE("without a hook the strand, its name, the type and the text are told on stderr") {
    const auto child = support::run_in_child([] { report(std::runtime_error("disk full")); });
    CHECK(child.trouble() == "");
    CHECK(child.out == "");
    CHECK(child.err == "braid: exception in thread 'worker-1': std::runtime_error: disk full\n");
}

TEST_CASE("the default says the type of whatever was thrown") {
    const auto child = support::run_in_child([] {
        report(far::away::storm("wind"));
        report(7);
        report(disk_full());
    });
    CHECK(child.trouble() == "");
    CHECK(child.err.find("'worker-1': far::away::storm: wind\n") != std::string::npos);
    CHECK(child.err.find("'worker-1': int\n") != std::string::npos);
    CHECK(child.err.find("disk_full\n") != std::string::npos);
}

TEST_CASE("exceptions of many strands are told in whole lines") {
    const auto child = support::run_in_child([] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([] {
                for (int k = 0; k < 50; ++k) report(std::runtime_error("full"));
            });
        }
        for (auto& t : threads) t.join();
    });
    CHECK(child.trouble() == "");
    const std::string line = "braid: exception in thread 'worker-1': std::runtime_error: full\n";
    std::string expected;
    for (int i = 0; i < 200; ++i) expected += line;
    CHECK((child.err == expected));
}

TEST_CASE("a hook is told the strand, the name and the exception, instead of stderr") {
    const auto child = support::run_in_child([] {
        int calls = 0;
        braid::set_unhandled_hook([&](const braid::unhandled& what) {
            ++calls;
            support::demand(what.strand == "thread", "the strand");
            support::demand(what.name == "loader", "the name");
            try {
                std::rethrow_exception(what.exception);
            } catch (const std::out_of_range& e) {
                support::demand(e.what() == std::string("beyond"), "the exception");
                ++calls;
            }
        });
        report(std::out_of_range("beyond"), "loader");
        support::demand(calls == 2, "the hook was called once, with the exception as thrown");
    });
    CHECK(child.trouble() == "");
    CHECK(child.err == "");
}

TEST_CASE("setting a hook returns the one before, and an empty one restores the default") {
    const auto child = support::run_in_child([] {
        int first = 0;
        int second = 0;
        const auto none = braid::set_unhandled_hook([&](const braid::unhandled&) { ++first; });
        support::demand(!none, "at first there is none");
        auto before = braid::set_unhandled_hook([&](const braid::unhandled&) { ++second; });
        report(1);
        support::demand(first == 0 && second == 1, "the new one is told");
        before({"thread", "x", nullptr});
        support::demand(first == 1, "the old one was returned");
        before = braid::set_unhandled_hook(std::move(before));
        report(2);
        support::demand(first == 2 && second == 1, "the old one is back");
        support::demand(bool(braid::set_unhandled_hook(nullptr)), "it was set");
        support::demand(!braid::set_unhandled_hook({}), "an empty one is none");
        report(std::runtime_error("told by the default"));
    });
    CHECK(child.trouble() == "");
    CHECK(child.err.find("told by the default\n") != std::string::npos);
    CHECK(child.err.find("int") == std::string::npos);
}

TEST_CASE("a hook may be a function, or something with a state of its own") {
    static std::atomic<int> calls = 0;
    struct hook {
        static void told(const braid::unhandled&) { ++calls; }
    };
    const hook_for_a_scope outer(&hook::told);
    report(1);
    CHECK(calls == 1);
    {
        const hook_for_a_scope inner(
            [n = std::make_shared<int>(0)](const braid::unhandled&) { calls += 10 * ++*n; });
        report(1);
        report(1);
        CHECK(calls == 31);
    }
    report(1);
    CHECK(calls == 32);
}

TEST_CASE("what a hook throws is dropped, and the default is told instead") {
    const auto child = support::run_in_child([] {
        braid::set_unhandled_hook([](const braid::unhandled&) { throw std::bad_alloc(); });
        report(std::runtime_error("the first fault"));
        braid::set_unhandled_hook([](const braid::unhandled&) { throw 7; });
        report(std::runtime_error("the second fault"));
    });
    CHECK(child.trouble() == "");
    CHECK(child.err.find("std::runtime_error: the first fault\n") != std::string::npos);
    CHECK(child.err.find("std::runtime_error: the second fault\n") != std::string::npos);
    CHECK(child.err.find("bad_alloc") == std::string::npos);
}

TEST_CASE("hooks are set by several threads while others are told, and every telling arrives") {
    std::atomic<int> told = 0;
    const hook_for_a_scope guard([&](const braid::unhandled&) { ++told; });
    constexpr int each = 500;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < each; ++k) {
                braid::set_unhandled_hook([&](const braid::unhandled&) { ++told; });
            }
        });
        threads.emplace_back([&] {
            for (int k = 0; k < each; ++k) report(k);
        });
    }
    for (auto& t : threads) t.join();
    CHECK(told == 2 * each);
}

TEST_CASE("of several hooks that are set at once each is returned once") {
    const hook_for_a_scope guard([](const braid::unhandled&) {});
    std::atomic<int> sum = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const auto before = braid::set_unhandled_hook(
                [&sum, i](const braid::unhandled&) { sum += 1 << (8 * i); });
            before({"thread", "", nullptr});
        });
    }
    for (auto& t : threads) t.join();
    braid::set_unhandled_hook({})({"thread", "", nullptr});
    CHECK(sum == 0x01010101);
}
