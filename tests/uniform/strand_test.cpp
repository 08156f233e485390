// SPDX-License-Identifier: MIT

// uniform/strand_test — what is the same in every strand: each case runs with threads and with
// processes, and switching between them is changing one word. What a strand does is seen through
// shared memory, which serves both.

#include <braid/process/current.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>
#include <braid/thread/current.hpp>
#include <braid/thread/spawn.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// The words of braid::thread.
struct in_thread {
    static constexpr std::string_view kind = "thread";
    using options = braid::thread::options;
    using handle = braid::thread::handle;
    template <class... Parts> static auto spawn(Parts&&... parts) {
        return braid::thread::spawn(std::forward<Parts>(parts)...);
    }
    template <class F, class... Args> static auto spawn(const options& how, F&& f, Args&&... args) {
        return braid::thread::spawn(how, std::forward<F>(f), std::forward<Args>(args)...);
    }
    static auto id() { return braid::thread::id(); }
    static const std::string& name() { return braid::thread::name(); }
    static bool stop_requested() { return braid::thread::stop_requested(); }
    static void sleep_for(braid::time_limit limit) { braid::thread::sleep_for(limit); }
    template <class When> static void sleep_until(When when) { braid::thread::sleep_until(when); }
    static void yield() { braid::thread::yield(); }
};

/// The words of braid::process.
struct in_process {
    static constexpr std::string_view kind = "process";
    using options = braid::process::options;
    using handle = braid::process::handle;
    template <class... Parts> static auto spawn(Parts&&... parts) {
        return braid::process::spawn(std::forward<Parts>(parts)...);
    }
    template <class F, class... Args> static auto spawn(const options& how, F&& f, Args&&... args) {
        return braid::process::spawn(how, std::forward<F>(f), std::forward<Args>(args)...);
    }
    static auto id() { return braid::process::id(); }
    static const std::string& name() { return braid::process::name(); }
    static bool stop_requested() { return braid::process::stop_requested(); }
    static void sleep_for(braid::time_limit limit) { braid::process::sleep_for(limit); }
    template <class When> static void sleep_until(When when) { braid::process::sleep_until(when); }
    static void yield() { braid::process::yield(); }
};

using number = braid::process::shared<std::atomic<int>>;

/// Holds back a strand until it is opened. No stop point.
class gate {
public:
    void open() { *open_ = 1; }
    void pass() const {
        while (*open_ == 0) std::this_thread::sleep_for(100us);
    }

private:
    number open_{0};
};

/// Counts what the unhandled-exception hook is told, in whichever strand, for a scope.
class hook_count {
public:
    explicit hook_count(std::string_view kind, std::string_view name = {})
        : before_(
              braid::set_unhandled_hook([told = told_, kind, name](const braid::unhandled& what) {
                  const bool right = what.strand == kind && (name.empty() || what.name == name);
                  *told += right ? 1 : 100;
              })) {}
    hook_count(const hook_count&) = delete;
    hook_count& operator=(const hook_count&) = delete;
    ~hook_count() { braid::set_unhandled_hook(before_); }

    int told() const { return *told_; }

private:
    number told_{0};
    braid::unhandled_hook before_;
};

template <class F> bool throws_logic_error(F f) {
    try {
        f();
    } catch (const std::logic_error&) {
        return true;
    }
    return false;
}

/// Every common use of `h` throws std::logic_error.
template <class Handle> bool is_of_no_use(Handle& h) {
    return throws_logic_error([&] { h.join(); }) && throws_logic_error([&] { h.join_for(1ms); }) &&
           throws_logic_error([&] { h.join_until(std::chrono::steady_clock::now()); }) &&
           throws_logic_error([&] { static_cast<void>(h.done()); }) &&
           throws_logic_error([&] { static_cast<void>(h.alive()); }) &&
           throws_logic_error([&] { static_cast<void>(h.name()); }) &&
           throws_logic_error([&] { static_cast<void>(h.id()); }) &&
           throws_logic_error([&] { static_cast<void>(h.native_id()); }) &&
           throws_logic_error([&] { h.request_stop(); });
}

void add(const number& to, int what) { *to += what; }

} // namespace

TEMPLATE_TEST_CASE("a strand runs its function with its arguments", "", in_thread, in_process) {
    using strand = TestType;
    const number sum{0};
    strand::spawn(add, sum, 7).join();
    CHECK(*sum == 7);
    strand::spawn([&](const std::string& text) { *sum += static_cast<int>(text.size()); }, "four")
        .join();
    CHECK(*sum == 11);
    strand::spawn([&](std::unique_ptr<int> p) { *sum += *p; }, std::make_unique<int>(9)).join();
    CHECK(*sum == 20);
    strand::spawn(
        [&](const std::stop_token& token, int n) { *sum += token.stop_possible() ? n : 0; }, 5)
        .join();
    CHECK(*sum == 25);
    strand::spawn([sum] { return ++*sum; }).join();
    CHECK(*sum == 26);
}

TEMPLATE_TEST_CASE("an argument that is moved in is gone from the caller", "", in_thread,
                   in_process) {
    auto given = std::make_unique<int>(7);
    auto h = TestType::spawn([](const std::unique_ptr<int>&) {}, std::move(given));
    CHECK(given == nullptr);
}

TEMPLATE_TEST_CASE("options are named, constant or written in braces", "", in_thread, in_process) {
    using strand = TestType;
    const number right{0};
    const auto note = [&](std::string_view expected) { *right += strand::name() == expected; };
    typename strand::options named;
    named.name = "named";
    strand::spawn(named, note, "named").join();
    const typename strand::options constant{.name = "constant"};
    strand::spawn(constant, note, "constant").join();
    strand::spawn({.name = "braces"}, note, "braces").join();
    strand::spawn({}, [&] { *right += !strand::name().empty(); }).join();
    CHECK(*right == 4);
}

TEMPLATE_TEST_CASE("a strand has its name inside and in the handle, however long", "", in_thread,
                   in_process) {
    using strand = TestType;
    const std::string name = "a name of more than fifteen bytes";
    const number right{0};
    auto h = strand::spawn({.name = name}, [&] { *right = strand::name() == name; });
    CHECK(h.name() == name);
    h.join();
    CHECK(*right == 1);
    CHECK(h.name() == name);
}

TEMPLATE_TEST_CASE("strands without a name have different ones, of their kind", "", in_thread,
                   in_process) {
    using strand = TestType;
    auto a = strand::spawn([] {});
    auto b = strand::spawn([] {});
    CHECK(a.name() != b.name());
    CHECK(a.name().rfind(std::string(strand::kind) + "-", 0) == 0);
}

TEMPLATE_TEST_CASE("a strand's number is the same inside and in the handle", "", in_thread,
                   in_process) {
    using strand = TestType;
    const number inside{0};
    auto h = strand::spawn([&] { *inside = static_cast<int>(strand::id()); });
    h.join();
    CHECK(*inside == static_cast<int>(h.id()));
    CHECK(h.id() != strand::id());
    CHECK(h.native_id() > 0);
}

TEMPLATE_TEST_CASE("a strand may be joined twice and by several threads", "", in_thread,
                   in_process) {
    using strand = TestType;
    for (int round = 0; round < 10; ++round) {
        gate end;
        const number ended{0};
        auto h = strand::spawn([&] {
            end.pass();
            *ended = 1;
        });
        std::atomic<int> right{0};
        std::vector<std::thread> joining;
        for (int i = 0; i < 4; ++i) {
            joining.emplace_back([&] {
                h.join();
                if (*ended == 1) ++right;
            });
        }
        end.open();
        for (auto& t : joining) t.join();
        h.join();
        REQUIRE(right == 4);
    }
}

TEMPLATE_TEST_CASE("a timed join gives up in time, and succeeds when the strand has ended", "",
                   in_thread, in_process) {
    using strand = TestType;
    gate end;
    auto h = strand::spawn([&] { end.pass(); });
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(h.join_for(10ms));
    CHECK_FALSE(h.join_until(std::chrono::system_clock::now() + 10ms));
    CHECK(std::chrono::steady_clock::now() - begin >= 19ms);
    CHECK_FALSE(h.join_for(-1h));
    end.open();
    CHECK(h.join_for(std::chrono::hours::max()));
    CHECK(h.join_for(0s));
    CHECK(h.join_until(std::chrono::steady_clock::time_point::max()));
}

TEMPLATE_TEST_CASE("a strand is alive until it is done", "", in_thread, in_process) {
    using strand = TestType;
    gate end;
    auto h = strand::spawn([&] { end.pass(); });
    CHECK(h.alive());
    CHECK_FALSE(h.done());
    end.open();
    CHECK(support::eventually([&] { return h.done(); }));
    CHECK_FALSE(h.alive());
    h.join();
    CHECK(h.done());
}

TEMPLATE_TEST_CASE("leaving the scope waits for the strand", "", in_thread, in_process) {
    using strand = TestType;
    const number ended{0};
    {
        auto h = strand::spawn([&] {
            std::this_thread::sleep_for(20ms);
            *ended = 1;
        });
    }
    CHECK(*ended == 1);
}

TEMPLATE_TEST_CASE("leaving the scope asks a function that takes a stop token", "", in_thread,
                   in_process) {
    using strand = TestType;
    const number asked{0};
    {
        auto h = strand::spawn([&](const std::stop_token& token) {
            while (!token.stop_requested()) strand::yield();
            *asked = strand::stop_requested() ? 1 : 2;
        });
    }
    CHECK(*asked == 1);
}

TEMPLATE_TEST_CASE("leaving the scope by an exception asks any strand to stop", "", in_thread,
                   in_process) {
    using strand = TestType;
    const hook_count hook(strand::kind);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(
        [] {
            auto h = strand::spawn([] { strand::sleep_for(1h); });
            throw std::runtime_error("on its way");
        }(),
        std::runtime_error);
    CHECK(std::chrono::steady_clock::now() - begin < 30min);
    CHECK(hook.told() == 0);
}

TEMPLATE_TEST_CASE("a handle that was moved from throws logic_error", "", in_thread, in_process) {
    using strand = TestType;
    gate end;
    auto h = strand::spawn([&] { end.pass(); });
    auto moved = std::move(h);
    CHECK(is_of_no_use(h));
    CHECK(moved.alive());
    end.open();
    moved.join();
}

TEMPLATE_TEST_CASE(
    "moving into a handle ends the strand that it had, and handles live in containers", "",
    in_thread, in_process) {
    using strand = TestType;
    const number ended{0};
    auto h = strand::spawn([&] { ++*ended; });
    h = strand::spawn({.name = "second"}, [&] { ++*ended; });
    CHECK(*ended >= 1);
    CHECK(h.name() == "second");
    {
        std::vector<typename strand::handle> all;
        for (int i = 0; i < 5; ++i) all.push_back(strand::spawn([&] { ++*ended; }));
        all.push_back(std::move(h));
        std::optional<typename strand::handle> maybe = strand::spawn([&] { ++*ended; });
        maybe.reset();
    }
    CHECK(*ended == 8);
}

TEMPLATE_TEST_CASE("an exception ends its strand alone, and is told to the hook", "", in_thread,
                   in_process) {
    using strand = TestType;
    const hook_count hook(strand::kind, "thrower");
    gate end;
    const number ended{0};
    auto other = strand::spawn([&] {
        end.pass();
        *ended = 1;
    });
    auto h = strand::spawn({.name = "thrower"}, [] { throw std::runtime_error("a fault"); });
    h.join();
    CHECK(h.done());
    CHECK(hook.told() == 1);
    CHECK(other.alive());
    end.open();
    other.join();
    CHECK(*ended == 1);
}

TEMPLATE_TEST_CASE("a stop request ends a sleeping strand quietly", "", in_thread, in_process) {
    using strand = TestType;
    const hook_count hook(strand::kind);
    const number awake{0};
    auto plain = strand::spawn([&] {
        strand::sleep_for(braid::time_limit::forever());
        *awake += 1;
    });
    auto stoppable = strand::spawn([&](const std::stop_token&) {
        strand::sleep_until(std::chrono::steady_clock::time_point::max());
        *awake += 1;
    });
    plain.request_stop();
    stoppable.request_stop();
    plain.join();
    stoppable.join();
    CHECK(*awake == 0);
    CHECK(hook.told() == 0);
    plain.request_stop(); // it has ended: nothing happens
    stoppable.request_stop();
}

TEMPLATE_TEST_CASE("a stop request that comes as the strand starts is not lost", "", in_thread,
                   in_process) {
    using strand = TestType;
    for (int i = 0; i < 20; ++i) {
        auto h = strand::spawn([](const std::stop_token&) { strand::sleep_for(1h); });
        if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(i * 20));
        h.request_stop();
        REQUIRE(h.join_for(60s));
    }
}

TEMPLATE_TEST_CASE("a strand starts and joins strands of its own kind", "", in_thread, in_process) {
    using strand = TestType;
    const number sum{0};
    strand::spawn([&] {
        auto a = strand::spawn(add, sum, 1);
        auto b = strand::spawn(add, sum, 2);
        a.join();
        b.join();
        *sum = 2 * *sum;
    }).join();
    CHECK(*sum == 6);
}

TEMPLATE_TEST_CASE("waiting for a strand is a stop point", "", in_thread, in_process) {
    using strand = TestType;
    gate end;
    const number was_stopped{0};
    auto slow = strand::spawn([&] { end.pass(); });
    auto waits = braid::thread::spawn([&] {
        try {
            slow.join();
        } catch (const braid::stopped&) {
            *was_stopped = 1;
        }
    });
    CHECK(support::eventually([&] { return support::is_asleep(waits.native_id()); }));
    waits.request_stop();
    waits.join();
    CHECK(*was_stopped == 1);
    CHECK(slow.alive());
    end.open();
}
