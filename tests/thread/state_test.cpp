// SPDX-License-Identifier: MIT

#include <braid/thread/state.hpp>

#include <braid/exec/call.hpp>
#include <braid/os/thread.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/tracked.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
namespace detail = braid::detail;
namespace os = braid::detail::os;
using braid::detail::core::deadline;
using detail::thread::state;
using support::eventually;

namespace {

template <class F> std::shared_ptr<state> make(std::string_view name, F f) {
    return std::make_shared<detail::thread::state_of<detail::exec::call<F>>>(name, std::move(f));
}

} // namespace

TEST_CASE("a state says what the thread will be before it is started") {
    const auto s = make("named", [](const std::stop_token&) {});
    CHECK(s->strand().name == "named");
    CHECK(s->strand().number > 1);
    CHECK(s->strand().stop.stop_possible());
    CHECK(s->takes_token());
    CHECK(s->is_of_this_process());
    CHECK_FALSE(s->is_current());
    CHECK_FALSE(s->done());
    CHECK(s->exception() == nullptr);
    const auto unnamed = make("", [] {});
    CHECK_FALSE(unnamed->takes_token());
    CHECK(unnamed->strand().name == "thread-" + std::to_string(unnamed->strand().number));
}

TEST_CASE("a running thread keeps its state, and lets it go when it ends") {
    std::atomic<bool> open{false};
    std::atomic<bool> current{false};
    state* raw = nullptr;
    std::weak_ptr<state> watched;
    {
        auto s = make("alone", [&] {
            while (!open) std::this_thread::sleep_for(100us);
            current = raw->is_current();
        });
        raw = s.get();
        watched = s;
        state::start(s, {});
        CHECK(s->native_id() > 0);
        s->leave_behind();
    }
    CHECK_FALSE(watched.expired());
    open = true;
    CHECK(eventually([&] { return watched.expired(); }));
    CHECK(current);
}

TEST_CASE("a joined thread's state is freed with the last who has it") {
    std::weak_ptr<state> watched;
    {
        auto s = make("joined", [] {});
        watched = s;
        state::start(s, {});
        CHECK(s->join_until(deadline::never()));
        CHECK(s->join_until(deadline::passed()));
    }
    CHECK(watched.expired());
}

TEST_CASE("a thread that was refused leaves its state as if it had not been tried") {
    const int alive = test::tracked::alive();
    std::weak_ptr<state> watched;
    {
        auto s = make("refused", [kept = test::tracked()] { static_cast<void>(kept.value()); });
        watched = s;
        CHECK_THROWS_AS(state::start(s, {.stack_size = 1}), std::system_error);
        CHECK_FALSE(s->done());
    }
    CHECK(watched.expired());
    {
        auto s =
            make("refused first", [kept = test::tracked()] { static_cast<void>(kept.value()); });
        CHECK_THROWS_AS(state::start(s, {.stack_size = 1}), std::system_error);
        state::start(s, {});
        CHECK(s->join_until(deadline::never()));
    }
    CHECK(test::tracked::alive() == alive);
}

TEST_CASE("a timed join waits for thread-local objects too, though the thread is done") {
    static std::atomic<bool> open{false};
    struct slow {
        ~slow() {
            while (!open) std::this_thread::sleep_for(100us);
        }
        void touch() const {}
    };
    auto s = make("slow", [] {
        static thread_local slow local;
        local.touch();
    });
    state::start(s, {});
    CHECK(eventually([&] { return s->done(); }));
    CHECK_FALSE(s->join_until(deadline::passed()));
    CHECK_FALSE(s->join_until(deadline::after(10ms)));
    bool other_joined = false;
    std::thread other([&] { other_joined = s->join_until(deadline::never()); });
    CHECK_FALSE(s->join_until(deadline::after(10ms))); // neither while another waits there
    open = true;
    CHECK(s->join_until(deadline::never()));
    other.join();
    CHECK(other_joined);
}

TEST_CASE("many threads may ask for the kernel's number while the thread starts") {
    for (int i = 0; i < 50; ++i) {
        std::atomic<int> own{0};
        auto s = make("asked", [&] { own = os::thread_number(); });
        int first = 0;
        int second = 0;
        state::start(s, {});
        std::thread a([&] { first = s->native_id(); });
        std::thread b([&] { second = s->native_id(); });
        a.join();
        b.join();
        CHECK(s->join_until(deadline::never()));
        REQUIRE(first == own);
        REQUIRE(second == own);
    }
}
