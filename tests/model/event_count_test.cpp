// SPDX-License-Identifier: MIT

// model/event_count_test — sync/event_count in all interleavings of up to two who wait and one who
// notifies: no wake-up is lost between the look and the sleep, what was done before a notify is
// visible after the wait that it ended, and who gives up takes nobody's wake-up along.
//
// Both scopes run where they differ: the local one also wakes those who stand in its list. Not
// covered: processes that die in their wait.

#include <braid/sync/event_count.hpp>
#include <braid/sync/waiter.hpp>
#include <model/model.hpp>
#include <support/catch.hpp>

#include <chrono>

using namespace std::chrono_literals;

namespace core = braid::detail::core;

namespace {

using braid::detail::sync::event_count;
using braid::detail::sync::local_scope;
using braid::detail::sync::shared_scope;
using braid::detail::sync::thread_waiter;

template <class Scope> struct state {
    event_count<Scope> bell;
    core::atomic<int> open{0};
    core::atomic<int> items{0};
    model::var<int> content{0};

    bool is_open() { return open.load(core::acquire) == 1; }

    bool take() {
        int left = items.load(core::relaxed);
        while (left > 0) {
            if (items.compare_exchange_weak(left, left - 1, core::acq_rel)) return true;
        }
        return false;
    }

    template <class Ready> void await(Ready ready) {
        while (!ready()) {
            const auto key = bell.prepare();
            if (ready()) return bell.cancel();
            static_cast<void>(bell.wait(key, core::deadline::never()));
        }
    }

    /// As a coroutine waits: in the bell's list.
    template <class Ready> void await_listed(Ready ready) {
        while (!ready()) {
            const auto key = bell.prepare();
            if (ready()) return bell.cancel();
            thread_waiter self;
            if (bell.enter(key, self)) static_cast<void>(self.wait_until(core::deadline::never()));
        }
    }
};

void expect_holds(const model::result& found) {
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
}

void expect_fails(const model::result& found) { CHECK_FALSE(found.ok); }

/// Some wait until a gate opens, with a plain store, and all are notified: at once, or one by one.
/// `waiters` says how they wait: p plainly, l in the list.
template <class Scope>
model::result gate(const model::options& given, const char* waiters, bool at_once = true) {
    return model::explore(given, [=] {
        auto& s = model::make<state<Scope>>();
        for (const char* how = waiters; *how != '\0'; ++how) {
            model::thread([&s, listed = *how == 'l'] {
                if (listed) {
                    if constexpr (std::same_as<Scope, local_scope>) {
                        s.await_listed([&] { return s.is_open(); });
                    }
                }
                s.await([&] { return s.is_open(); });
                model::check(s.content.get() == 1, "what was done before is visible");
            });
        }
        s.content.set(1);
        s.open.store(1, core::release);
        if (at_once) return s.bell.notify_all();
        for (const char* how = waiters; *how != '\0'; ++how) s.bell.notify_one();
    });
}

/// Two take one item each, for each of which one is notified.
template <class Scope> model::result two_items(const model::options& given) {
    return model::explore(given, [=] {
        auto& s = model::make<state<Scope>>();
        for (int i = 0; i < 2; ++i) {
            model::thread([&s] { s.await([&] { return s.take(); }); });
        }
        for (int i = 0; i < 2; ++i) {
            s.items.fetch_add(1, core::release);
            s.bell.notify_one();
        }
    });
}

/// One waits for a time, and believes what wait() says.
template <class Scope> model::result timed(const model::options& given) {
    return model::explore(given, [] {
        auto& s = model::make<state<Scope>>();
        model::thread([&s] {
            const auto key = s.bell.prepare();
            if (s.bell.wait(key, core::deadline::after(1s))) {
                model::check(s.content.get() == 1, "what was done before the notify is visible");
            }
        });
        s.content.set(1);
        s.bell.notify_one();
    });
}

/// One leaves the list when its time is over; the other waits on.
model::result leaving(const model::options& given) {
    return model::explore(given, [] {
        auto& s = model::make<state<local_scope>>();
        model::thread([&s] {
            const auto key = s.bell.prepare();
            thread_waiter self;
            if (!s.bell.enter(key, self)) return;
            if (self.wait_until(core::deadline::after(1s)) || s.bell.leave(self)) return;
            static_cast<void>(self.wait_until(core::deadline::never())); // it is on its way
        });
        model::thread([&s] { s.await([&] { return s.is_open(); }); });
        s.open.store(1, core::release);
        s.bell.notify_all();
    });
}

} // namespace

TEST_CASE("event count: no wake-up is lost between one look and the sleep") {
    expect_holds(gate<shared_scope>({.spurious_wakes = 1}, "p"));
    expect_holds(gate<local_scope>({.spurious_wakes = 1}, "p"));
    expect_holds(gate<local_scope>({.spurious_wakes = 1}, "l"));
}

TEST_CASE("event count: notify_all reaches both who wait") {
    expect_holds(gate<shared_scope>({}, "pp"));
    expect_holds(gate<local_scope>({}, "pp"));
    expect_holds(gate<local_scope>({}, "pl"));
}

TEST_CASE("event count: notify_one for each of two items lets both take one") {
    expect_holds(two_items<shared_scope>({}));
    expect_holds(two_items<local_scope>({}));
}

TEST_CASE("event count: two notify_one reach the list and the sleeper") {
    expect_holds(gate<local_scope>({}, "pl", false));
}

TEST_CASE("event count: a timed wait that is notified sees what was done before") {
    expect_holds(timed<shared_scope>({.time_jumps = 1, .spurious_wakes = 1}));
    expect_holds(timed<local_scope>({.time_jumps = 1, .spurious_wakes = 1}));
}

TEST_CASE("event count: one who leaves the list takes no wake-up of others along") {
    expect_holds(leaving({}));
}

TEST_CASE("event count: mutations are caught") {
    for (const char* how : {"p", "l"}) {
        expect_fails(gate<local_scope>({.ignore_fences = true}, how));
        expect_fails(gate<local_scope>({.weaken_release = true}, how));
        expect_fails(gate<local_scope>({.weaken_acquire = true}, how));
        expect_fails(gate<local_scope>({.lose_wake = 1}, how));
    }
    expect_fails(gate<shared_scope>({.ignore_fences = true}, "p"));
    expect_fails(gate<shared_scope>({.wake_one_at_most = true}, "pp"));
    expect_fails(two_items<shared_scope>({.lose_wake = 2}));
    // notify's fence alone makes its relaxed addition a release.
    expect_fails(timed<shared_scope>({.ignore_fences = true, .weaken_release = true}));
    expect_fails(timed<shared_scope>({.weaken_acquire = true}));
}
