// SPDX-License-Identifier: MIT

#include <braid/sync/waiter.hpp>

#include <support/catch.hpp>
#include <support/fire_and_forget.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace detail = braid::detail;
namespace core = braid::detail::core;

namespace {

using support::fire_and_forget;

/// Awaited: stands in the list as a coroutine_waiter until it is woken.
class standing {
public:
    explicit standing(core::intrusive_list<detail::sync::waiter>& list) : list_(list) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
        waiter_ = std::make_unique<detail::sync::coroutine_waiter>(h);
        list_.push_back(*waiter_);
    }
    void await_resume() const noexcept {}

private:
    core::intrusive_list<detail::sync::waiter>& list_;
    std::unique_ptr<detail::sync::coroutine_waiter> waiter_;
};

fire_and_forget stand_and_note(core::intrusive_list<detail::sync::waiter>& list,
                               std::vector<int>& order, int number) {
    co_await standing(list);
    order.push_back(number);
}

/// A waiter that notes that it was woken.
class noting_waiter final : public detail::sync::waiter {
public:
    noting_waiter(std::vector<int>& order, int number)
        : waiter([](waiter& self) noexcept {
              auto& me = static_cast<noting_waiter&>(self);
              me.order_.push_back(me.number_);
          }),
          order_(order),
          number_(number) {}

private:
    std::vector<int>& order_;
    int number_;
};

} // namespace

TEST_CASE("a chain wakes its waiters in the order in which they came") {
    std::vector<int> order;
    noting_waiter first(order, 1);
    noting_waiter second(order, 2);
    noting_waiter third(order, 3);
    detail::sync::waiter_chain chain;
    chain.append(first);
    chain.append(second);
    chain.append(third);
    CHECK(order.empty());
    chain.wake_all();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("an empty chain wakes nobody") { detail::sync::waiter_chain().wake_all(); }

TEST_CASE("a waiter that stood in one chain can stand in another") {
    std::vector<int> order;
    noting_waiter first(order, 1);
    {
        noting_waiter second(order, 2);
        detail::sync::waiter_chain chain;
        chain.append(first);
        chain.append(second);
        chain.wake_all();
    }
    detail::sync::waiter_chain again;
    again.append(first);
    again.wake_all();
    CHECK(order == std::vector<int>{1, 2, 1});
}

TEST_CASE("a waiter may be gone when its waking returns") {
    core::intrusive_list<detail::sync::waiter> list;
    std::vector<int> order;
    for (int i = 0; i < 3; ++i) stand_and_note(list, order, i);
    detail::sync::waiter_chain chain;
    while (detail::sync::waiter* const who = list.pop_front()) chain.append(*who);
    chain.wake_all(); // each wake destroys the waiter with its coroutine
    CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("a coroutine is resumed inside wake") {
    core::intrusive_list<detail::sync::waiter> list;
    std::vector<int> order;
    stand_and_note(list, order, 7);
    CHECK(order.empty());
    detail::sync::waiter* const who = list.pop_front();
    REQUIRE(who != nullptr);
    CHECK_FALSE(who->is_linked());
    who->wake();
    CHECK(order == std::vector<int>{7});
}

TEST_CASE("a coroutine with a home is sent there and not resumed") {
    struct home_type {
        std::vector<std::coroutine_handle<>> arrived;
    } home;
    const auto frame = std::noop_coroutine();
    detail::sync::coroutine_waiter waiter(
        frame, &home, [](void* where, std::coroutine_handle<> who) noexcept {
            static_cast<home_type*>(where)->arrived.push_back(who);
        });
    waiter.wake();
    REQUIRE(home.arrived.size() == 1);
    CHECK(home.arrived.front() == frame);
}

TEST_CASE("a thread waiter that was woken before it waits does not sleep") {
    detail::sync::thread_waiter waiter;
    waiter.wake();
    CHECK(waiter.wait_until(core::deadline::never()));
}

TEST_CASE("a thread waiter gives up at its deadline, and the wake-up that comes is not lost") {
    detail::sync::thread_waiter waiter;
    CHECK_FALSE(waiter.wait_until(core::deadline::passed()));
    CHECK_FALSE(waiter.wait_until(core::deadline::after(5ms)));
    waiter.wake();
    CHECK(waiter.wait_until(core::deadline::never()));
}

TEST_CASE("a thread waiter is woken by another thread") {
    for (int i = 0; i < 500; ++i) {
        detail::sync::thread_waiter waiter;
        int data = 0;
        std::thread other([&] {
            data = 1;
            waiter.wake();
        });
        CHECK(waiter.wait_until(core::deadline::never()));
        CHECK(data == 1);
        other.join();
    }
}

TEST_CASE("one chain wakes threads and coroutines") {
    core::intrusive_list<detail::sync::waiter> list;
    std::vector<int> order;
    detail::sync::thread_waiter thread;
    list.push_back(thread);
    stand_and_note(list, order, 1);
    detail::sync::waiter_chain chain;
    while (detail::sync::waiter* const who = list.pop_front()) chain.append(*who);
    chain.wake_all();
    CHECK(thread.wait_until(core::deadline::passed()));
    CHECK(order == std::vector<int>{1});
}
