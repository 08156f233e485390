// SPDX-License-Identifier: MIT

#include <braid/sync/event_count.hpp>

#include <braid/os/mapping.hpp>
#include <braid/os/thread.hpp>
#include <braid/process/spawn.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/fire_and_forget.hpp>
#include <support/seed.hpp>
#include <support/thread_interruptions.hpp>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace os = braid::detail::os;
namespace detail = braid::detail;
using braid::detail::core::deadline;
using bell = detail::sync::event_count<detail::sync::local_scope>;
using shared_bell = detail::sync::event_count<detail::sync::shared_scope>;

template <class Bell>
concept seats_coroutines = requires(Bell& b, typename Bell::key k, detail::sync::waiter& w) {
    b.enter(k, w), b.leave(w);
};
static_assert(seats_coroutines<bell>);
static_assert(!seats_coroutines<shared_bell>, "a pointer has no place in shared memory");
static_assert(sizeof(shared_bell) == 8);

namespace {

using support::fire_and_forget;

/// Awaited: stands in the bell until a notify; not at all if one came since `seen`.
class ring_of {
public:
    ring_of(bell& b, bell::key seen) : bell_(b), seen_(seen) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> h) {
        waiter_.emplace(h);
        return bell_.enter(seen_, *waiter_);
    }
    void await_resume() const noexcept {}

private:
    bell& bell_;
    bell::key seen_;
    std::optional<detail::sync::coroutine_waiter> waiter_;
};

fire_and_forget wait_once(bell& b, std::vector<int>& woken, int number) {
    co_await ring_of(b, b.prepare());
    woken.push_back(number);
}

/// Waits as long as `ready` says no.
template <class Ready> fire_and_forget wait_for(bell& b, Ready ready, int& done) {
    for (;;) {
        const auto seen = b.prepare();
        if (ready()) {
            b.cancel();
            break;
        }
        co_await ring_of(b, seen);
    }
    ++done;
}

/// A thread that waits once, and may be asked whether it sleeps.
class sleeper {
public:
    explicit sleeper(bell& b)
        : thread_([this, &b] {
              number_ = os::thread_number();
              const auto seen = b.prepare();
              woken_ = b.wait(seen, deadline::never()) ? 1 : -1;
          }) {}
    ~sleeper() { thread_.join(); }
    bool is_asleep() const { return number_ != 0 && support::is_asleep(number_); }
    bool is_woken() const { return woken_ == 1; }

private:
    std::atomic<int> number_{0};
    std::atomic<int> woken_{0};
    std::thread thread_;
};

/// True if a wait that is prepared now finds nothing to end it.
bool is_silent(bell& b) { return !b.wait(b.prepare(), deadline::passed()); }

/// True if nobody is announced: then a notify does not even move the bell's count.
bool is_deserted(bell& b) {
    const auto before = b.prepare();
    b.cancel();
    b.notify_all();
    const auto after = b.prepare();
    b.cancel();
    return before == after;
}

} // namespace

TEST_CASE("a notify without a waiter leaves no trace") {
    bell b;
    b.notify_one();
    b.notify_all();
    CHECK(is_silent(b));
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(b.wait(b.prepare(), deadline::after(10ms)));
    CHECK(std::chrono::steady_clock::now() - begin >= 10ms);
}

TEST_CASE("a notify between prepare and wait ends the wait at once") {
    bell b;
    auto seen = b.prepare();
    b.notify_one();
    CHECK(b.wait(seen, deadline::never()));
    seen = b.prepare();
    b.notify_all();
    CHECK(b.wait(seen, deadline::passed()));
    CHECK(is_silent(b));
}

TEST_CASE("who cancelled or gave up is no waiter any more") {
    bell b;
    static_cast<void>(b.prepare());
    b.cancel();
    CHECK(is_silent(b));
    CHECK(is_deserted(b));
    CHECK_FALSE(b.wait(b.prepare(), deadline::after(1ms)));
    CHECK(is_deserted(b));
}

TEST_CASE("a notify ends the wait of all who prepared before, and of nobody who came later") {
    bell b;
    const auto first = b.prepare();
    const auto second = b.prepare();
    b.notify_all();
    const auto third = b.prepare();
    CHECK(b.wait(first, deadline::never()));
    CHECK(b.wait(second, deadline::never()));
    CHECK_FALSE(b.wait(third, deadline::passed()));
}

TEST_CASE("threads wake in the order in which they slept, one for each notify_one") {
    bell b;
    std::vector<std::unique_ptr<sleeper>> threads;
    for (int i = 0; i < 3; ++i) {
        threads.push_back(std::make_unique<sleeper>(b));
        REQUIRE(support::eventually([&] { return threads.back()->is_asleep(); }));
    }
    for (std::size_t i = 0; i < threads.size(); ++i) {
        b.notify_one();
        CHECK(support::eventually([&] { return threads[i]->is_woken(); }));
        for (std::size_t later = i + 1; later < threads.size(); ++later) {
            CHECK_FALSE(threads[later]->is_woken());
        }
    }
}

TEST_CASE("notify_all wakes all threads") {
    bell b;
    std::vector<std::unique_ptr<sleeper>> threads;
    for (int i = 0; i < 4; ++i) threads.push_back(std::make_unique<sleeper>(b));
    for (const auto& t : threads) CHECK(support::eventually([&] { return t->is_asleep(); }));
    b.notify_all();
    for (const auto& t : threads) CHECK(support::eventually([&] { return t->is_woken(); }));
    CHECK(is_deserted(b));
}

TEST_CASE("a coroutine stands in the bell until a notify, which resumes it") {
    bell b;
    std::vector<int> woken;
    wait_once(b, woken, 1);
    wait_once(b, woken, 2);
    wait_once(b, woken, 3);
    CHECK(woken.empty());
    b.notify_one();
    CHECK(woken == std::vector<int>{1});
    b.notify_all();
    CHECK(woken == std::vector<int>{1, 2, 3});
    CHECK(is_silent(b));
    CHECK(is_deserted(b));
}

TEST_CASE("enter says no when a notify came since prepare, and the announcement is over") {
    bell b;
    detail::sync::coroutine_waiter waiter(std::noop_coroutine());
    const auto seen = b.prepare();
    b.notify_one();
    CHECK_FALSE(b.enter(seen, waiter));
    CHECK_FALSE(waiter.is_linked());
    CHECK(is_deserted(b));
}

TEST_CASE("leave takes a waiter out, but not one that a notify took") {
    bell b;
    int wakings = 0;
    detail::sync::coroutine_waiter waiter(
        std::noop_coroutine(), &wakings,
        [](void* count, std::coroutine_handle<>) noexcept { ++*static_cast<int*>(count); });
    REQUIRE(b.enter(b.prepare(), waiter));
    CHECK(b.leave(waiter));
    CHECK_FALSE(b.leave(waiter));
    CHECK(is_deserted(b));
    CHECK(wakings == 0);

    REQUIRE(b.enter(b.prepare(), waiter));
    b.notify_one();
    CHECK(wakings == 1);
    CHECK_FALSE(b.leave(waiter));
    CHECK(is_silent(b));
}

TEST_CASE("a thread and a coroutine wait in one bell, and the coroutine is woken first") {
    bell b;
    std::vector<int> woken;
    sleeper thread(b);
    REQUIRE(support::eventually([&] { return thread.is_asleep(); }));
    wait_once(b, woken, 1);
    b.notify_one();
    CHECK(woken == std::vector<int>{1});
    CHECK_FALSE(thread.is_woken());
    b.notify_one();
    CHECK(support::eventually([&] { return thread.is_woken(); }));

    sleeper next(b);
    REQUIRE(support::eventually([&] { return next.is_asleep(); }));
    wait_once(b, woken, 2);
    b.notify_all();
    CHECK(woken == std::vector<int>{1, 2});
    CHECK(support::eventually([&] { return next.is_woken(); }));
}

TEST_CASE("a coroutine that comes back to the bell while it is woken is not woken again") {
    bell b;
    int value = 0;
    int looks = 0;
    int done = 0;
    wait_for(
        b,
        [&] {
            ++looks;
            return value == 2;
        },
        done);
    CHECK(looks == 1);
    b.notify_all();
    CHECK(looks == 2);
    CHECK(done == 0);
    value = 2;
    b.notify_one();
    CHECK(done == 1);
}

TEST_CASE("what happened before the notify is visible after the wait that it ended") {
    bell there;
    bell back;
    int data = 0;
    std::atomic<int> turn{0}; // orders nothing: every access is relaxed
    const auto wait_for_turn = [&](bell& b, int whose) {
        for (;;) {
            const auto seen = b.prepare();
            if (turn.load(std::memory_order_relaxed) == whose) return b.cancel();
            static_cast<void>(b.wait(seen, deadline::never()));
        }
    };
    constexpr int rounds = 3'000;
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            wait_for_turn(there, 2 * i + 1);
            turn.store(2 * i + 2, std::memory_order_relaxed);
            back.notify_one();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        turn.store(2 * i + 1, std::memory_order_relaxed);
        there.notify_one();
        wait_for_turn(back, 2 * i + 2);
    }
    other.join();
    // Data is ordered by the notify alone when the wait slept through to it.
    const auto seen = there.prepare();
    std::thread teller([&] {
        data = 1;
        there.notify_all();
    });
    CHECK(there.wait(seen, deadline::never()));
    CHECK(data == 1);
    teller.join();
}

TEST_CASE("no wake-up is lost between many who take and many who bring") {
    auto random = support::seeded("event_count");
    bell b;
    std::atomic<int> items{0};
    std::atomic<int> taken{0};
    std::atomic<int> lost{0};
    constexpr int each = 2'000;
    constexpr int takers = 3;
    const auto take = [&] {
        int seen = items;
        while (seen > 0) {
            if (items.compare_exchange_weak(seen, seen - 1)) return true;
        }
        return false;
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < takers; ++t) {
        threads.emplace_back([&, mine = std::mt19937_64(random())]() mutable {
            for (int i = 0; i < each;) {
                const auto key = b.prepare();
                if (take()) {
                    b.cancel();
                    ++i;
                    ++taken;
                    continue;
                }
                // Some give up at once, and must not take another's wake-up with them.
                const bool hasty = support::upto(mine, 3) == 0;
                const auto until = deadline::after(hasty ? std::chrono::microseconds(20) : 30s);
                const bool rung = b.wait(key, until);
                if (!rung && !hasty && ++lost > 0) return;
            }
        });
    }
    for (int i = 0; i < takers * each; ++i) {
        ++items;
        b.notify_one();
        if (support::upto(random, 50) == 0) std::this_thread::yield();
    }
    for (auto& t : threads) t.join();
    CHECK(lost == 0);
    CHECK(taken == takers * each);
}

TEST_CASE("a shared bell is heard across a process border") {
    const auto memory = os::mapping::shared(4096);
    struct both {
        shared_bell bell;
        std::atomic<int> turn{0};

        bool wait_for(int whose) {
            for (;;) {
                const auto seen = bell.prepare();
                if (turn == whose) {
                    bell.cancel();
                    return true;
                }
                if (!bell.wait(seen, deadline::after(30s))) return false;
            }
        }
    };
    both& shared = *::new (memory.data()) both;
    constexpr int rounds = 1'000;
    auto child = braid::process::spawn([&] {
        for (int i = 0; i < rounds && shared.wait_for(2 * i + 1); ++i) {
            shared.turn = 2 * i + 2;
            shared.bell.notify_all();
        }
    });
    bool heard = true;
    for (int i = 0; i < rounds && heard; ++i) {
        shared.turn = 2 * i + 1;
        shared.bell.notify_all();
        heard = shared.wait_for(2 * i + 2);
    }
    CHECK(heard);
    CHECK(child.join().success());
}

TEST_CASE("a signal handler runs during a wait, and the wait goes on") {
    bell b;
    const support::thread_interruptions signals;
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(b.wait(b.prepare(), deadline::after(30ms)));
    CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
    CHECK(signals.handled() > 0);
}
