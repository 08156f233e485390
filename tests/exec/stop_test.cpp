// SPDX-License-Identifier: MIT

#include <braid/exec/stop.hpp>

#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/seed.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>
#include <type_traits>

using namespace std::chrono_literals;
namespace detail = braid::detail;
namespace exec = braid::detail::exec;
using braid::detail::core::deadline;
using bell = detail::sync::event_count<detail::sync::local_scope>;

static_assert(!std::is_copy_constructible_v<braid::no_stop>);
static_assert(!std::is_base_of_v<std::exception, braid::stopped>,
              "catch (const std::exception&) must not swallow it");

namespace {

/// Makes this thread a strand that can be asked to stop, for a scope.
class stoppable {
public:
    stoppable() { exec::set_this_strand(&strand_); }
    stoppable(const stoppable&) = delete;
    stoppable& operator=(const stoppable&) = delete;
    ~stoppable() { exec::set_this_strand(nullptr); }

    void request() { strand_.stop.request_stop(); }

private:
    exec::strand strand_{exec::next_strand_number(), "stoppable", std::stop_source()};
};

/// What a call did: returned, or threw `stopped`.
enum class end { returned, was_stopped };

template <class F> end how(F f) {
    try {
        f();
    } catch (const braid::stopped&) {
        return end::was_stopped;
    }
    return end::returned;
}

/// Calls `f` in its destructor and keeps how it ended.
template <class F> class at_unwinding {
public:
    at_unwinding(F f, end& result) : f_(f), result_(result) {}
    at_unwinding(const at_unwinding&) = delete;
    at_unwinding& operator=(const at_unwinding&) = delete;
    ~at_unwinding() { result_ = how(f_); }

private:
    F f_;
    end& result_;
};

bool never_ready() { return false; }

} // namespace

TEST_CASE("a strand that cannot be asked to stop does not stop") {
    CHECK_FALSE(exec::can_stop());
    CHECK_FALSE(exec::should_stop());
    CHECK(how([] { exec::stop_point(); }) == end::returned);
}

TEST_CASE("a stop point throws from the request on, each time anew") {
    stoppable self;
    CHECK(exec::can_stop());
    CHECK(how([] { exec::stop_point(); }) == end::returned);
    self.request();
    CHECK(exec::should_stop());
    CHECK(how([] { exec::stop_point(); }) == end::was_stopped);
    CHECK(how([] { exec::stop_point(); }) == end::was_stopped);
}

TEST_CASE("under no_stop, however deep, there are no stop points") {
    stoppable self;
    self.request();
    {
        const braid::no_stop outer;
        {
            const braid::no_stop inner;
            CHECK_FALSE(exec::can_stop());
        }
        CHECK_FALSE(exec::should_stop());
        CHECK(how([] { exec::stop_point(); }) == end::returned);
        CHECK(how([] { exec::sleep_until(deadline::after(5ms)); }) == end::returned);
        bell b;
        CHECK_FALSE(exec::wait_until_ready(b, never_ready, deadline::after(5ms)));
    }
    CHECK(how([] { exec::stop_point(); }) == end::was_stopped);
}

TEST_CASE("a wait under no_stop of a strand that was asked to stop burns no time") {
    stoppable self;
    self.request();
    const braid::no_stop guard;
    bell b;
    int looks = 0;
    const auto look = [&] {
        ++looks;
        return false;
    };
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(exec::wait_until_ready(b, look, deadline::after(50ms)));
    exec::sleep_until(deadline::after(50ms));
    CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
    CHECK(looks < 100);
}

TEST_CASE("during unwinding there are no stop points") {
    stoppable self;
    self.request();
    end point = end::was_stopped;
    end sleep = end::was_stopped;
    end wait = end::was_stopped;
    try {
        const at_unwinding first([] { exec::stop_point(); }, point);
        const at_unwinding second([] { exec::sleep_until(deadline::after(1ms)); }, sleep);
        const at_unwinding third(
            [] {
                bell b;
                static_cast<void>(exec::wait_until_ready(b, never_ready, deadline::after(1ms)));
            },
            wait);
        throw std::runtime_error("on its way");
    } catch (const std::runtime_error&) {
    }
    CHECK(point == end::returned);
    CHECK(sleep == end::returned);
    CHECK(wait == end::returned);
    CHECK(how([] { exec::stop_point(); }) == end::was_stopped);
}

TEST_CASE("on_stop calls when the strand is asked, and not after its scope") {
    stoppable self;
    int calls = 0;
    {
        const exec::on_stop gone([&]() noexcept { ++calls; });
    }
    const exec::on_stop stays([&]() noexcept { calls += 10; });
    CHECK(calls == 0);
    self.request();
    CHECK(calls == 10);
    self.request();
    CHECK(calls == 10);
}

TEST_CASE("on_stop calls at once if the strand was asked before, and never if it cannot be") {
    int calls = 0;
    {
        stoppable self;
        self.request();
        const exec::on_stop late([&]() noexcept { ++calls; });
        CHECK(calls == 1);
    }
    const exec::on_stop never([&]() noexcept { ++calls; });
    CHECK(calls == 1);
}

TEST_CASE("a wait for what is ready does not wait, and does not stop") {
    stoppable self;
    self.request();
    bell b;
    CHECK(exec::wait_until_ready(
        b, [] { return true; }, deadline::never()));
    CHECK(exec::wait_until_ready(
        b, [] { return true; }, deadline::passed()));
    CHECK(how([&] {
              static_cast<void>(exec::wait_until_ready(b, never_ready, deadline::never()));
          }) == end::was_stopped);
}

TEST_CASE("a wait ends when the bell tells that it is ready") {
    bell b;
    std::atomic<bool> ready{false};
    std::thread other([&] {
        ready = true;
        b.notify_all();
    });
    CHECK(exec::wait_until_ready(
        b, [&] { return ready.load(); }, deadline::never()));
    other.join();
}

TEST_CASE("a wait gives up at its deadline, though the bell is rung all the time") {
    bell b;
    std::atomic<bool> over{false};
    std::thread ringer([&] {
        while (!over) b.notify_all();
    });
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(exec::wait_until_ready(b, never_ready, deadline::after(20ms)));
    const auto took = std::chrono::steady_clock::now() - begin;
    over = true;
    ringer.join();
    CHECK(took >= 20ms);
    CHECK(took < 20s);
}

TEST_CASE("a stop request ends a wait, whenever it comes") {
    auto random = support::seeded("stop");
    constexpr int rounds = 1'000;
    std::atomic<stoppable*> to_ask{nullptr};
    std::atomic<int> asked{0};
    std::thread asker([&, random]() mutable {
        for (int i = 0; i < rounds; ++i) {
            stoppable* self = nullptr;
            while ((self = to_ask.exchange(nullptr)) == nullptr) std::this_thread::yield();
            const auto end = std::chrono::steady_clock::now() +
                             std::chrono::microseconds(support::upto(random, 40));
            while (std::chrono::steady_clock::now() < end) {
            }
            self->request();
            ++asked;
        }
    });
    int stopped = 0;
    for (int i = 0; i < rounds; ++i) {
        stoppable self;
        bell b;
        to_ask = &self;
        const bool sleeps = support::upto(random, 1) == 0;
        const auto ended = how([&] {
            if (sleeps)
                exec::sleep_until(deadline::after(60s));
            else
                static_cast<void>(exec::wait_until_ready(b, never_ready, deadline::after(60s)));
        });
        if (ended == end::was_stopped) ++stopped;
        while (asked != i + 1) std::this_thread::yield();
    }
    asker.join();
    CHECK(stopped == rounds);
}

TEST_CASE("a wait that is ready when it is asked to stop has waited in vain or not, but ends") {
    auto random = support::seeded("stop");
    for (int round = 0; round < 300; ++round) {
        stoppable self;
        bell b;
        std::atomic<bool> ready{false};
        const bool ask_first = support::upto(random, 1) == 0;
        std::thread other([&] {
            if (ask_first) self.request();
            ready = true;
            b.notify_one();
            if (!ask_first) self.request();
        });
        bool done = false;
        const auto ended = how([&] {
            done = exec::wait_until_ready(
                b, [&] { return ready.load(); }, deadline::never());
        });
        other.join();
        REQUIRE((done || ended == end::was_stopped));
        REQUIRE((ask_first || done || ready));
    }
}

TEST_CASE("a sleep lasts its time") {
    const auto begin = std::chrono::steady_clock::now();
    exec::sleep_until(deadline::after(20ms));
    CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
    exec::sleep_until(deadline::passed());
}

TEST_CASE("a sleep that never ends is ended by a stop request") {
    std::atomic<int> number{0};
    std::atomic<stoppable*> sleeping{nullptr};
    end ended = end::returned;
    std::thread sleeper([&] {
        stoppable self;
        sleeping = &self;
        number = detail::os::thread_number();
        ended = how([] { exec::sleep_until(deadline::never()); });
    });
    CHECK(support::eventually([&] { return number != 0 && support::is_asleep(number); }));
    sleeping.load()->request();
    sleeper.join();
    CHECK(ended == end::was_stopped);
}
