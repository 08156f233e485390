// SPDX-License-Identifier: MIT

// model/parker_test — sync/parker in all interleavings: no unpark is lost, what was done before it
// is visible, the parker may be destroyed after park(), and each of these fails when what it leans
// on is taken away.

#include <braid/sync/parker.hpp>
#include <model/model.hpp>
#include <support/catch.hpp>

#include <chrono>

using namespace std::chrono_literals;

namespace core = braid::detail::core;

namespace {

struct state {
    braid::detail::sync::parker<braid::detail::sync::local_scope> parker;
    model::var<int> content{0};
    model::var<int> other{0};
};

void expect_holds(const model::result& found) {
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
}

void expect_fails(const model::result& found) { CHECK_FALSE(found.ok); }

/// The owner parks once, another unparks once.
model::result park_and_unpark(const model::options& given) {
    return model::explore(given, [] {
        auto& s = model::make<state>();
        model::thread([&] {
            s.parker.park();
            model::check(s.content.get() == 1, "what was done before unpark() is visible");
        });
        model::thread([&] {
            s.content.set(1);
            s.parker.unpark();
        });
    });
}

/// The owner waits for two others, who unpark once each: the permits may fall into one.
model::result two_unparkers(const model::options& given) {
    return model::explore(given, [] {
        struct both : state {
            core::atomic<int> done{0};
        };
        auto& s = model::make<both>();
        model::thread([&] {
            // relaxed: the permit is what makes the others' work visible
            while (s.done.load(core::relaxed) != 2) s.parker.park();
        });
        model::thread([&] {
            s.content.set(1);
            s.done.fetch_add(1, core::release);
            s.parker.unpark();
        });
        model::thread([&] {
            s.other.set(1);
            s.done.fetch_add(1, core::release);
            s.parker.unpark();
        });
    });
}

} // namespace

TEST_CASE("parker: park ends after an unpark and sees what was done before it") {
    expect_holds(park_and_unpark({}));
    expect_holds(park_and_unpark({.spurious_wakes = 2}));
}

TEST_CASE("parker: no unpark of two is lost") {
    expect_holds(two_unparkers({}));
    expect_holds(two_unparkers({.spurious_wakes = 1}));
}

TEST_CASE("parker: a permit of two unparks shows what both did") {
    expect_holds(model::explore({}, [] {
        struct both : state {
            core::atomic<int> done{0};
        };
        auto& s = model::make<both>();
        model::thread([&] {
            s.content.set(1);
            s.parker.unpark();
            s.done.fetch_add(1, core::relaxed);
        });
        model::thread([&] {
            s.other.set(1);
            s.parker.unpark();
            s.done.fetch_add(1, core::relaxed);
        });
        while (s.done.load(core::relaxed) != 2) core::relax();
        s.parker.park();
        model::check(s.content.get() + s.other.get() == 2, "both are visible");
    }));
}

TEST_CASE("parker: an unpark before park is kept and is one permit") {
    expect_holds(model::explore({.time_jumps = 1}, [] {
        auto& s = model::make<state>();
        s.parker.unpark();
        s.parker.unpark();
        s.parker.park();
        model::check(!s.parker.park_until(core::deadline::after(1s)), "there is no second permit");
        model::check(!s.parker.park_until(core::deadline::passed()), "nor a third");
    }));
}

TEST_CASE("parker: a park that times out leaves the permit to the next") {
    const auto run = [](const model::options& given) {
        return model::explore(given, [] {
            auto& s = model::make<state>();
            model::thread([&] {
                if (!s.parker.park_until(core::deadline::after(1s))) s.parker.park();
                model::check(s.content.get() == 1, "what was done before unpark() is visible");
            });
            model::thread([&] {
                s.content.set(1);
                s.parker.unpark();
            });
        });
    };
    expect_holds(run({}));
    expect_holds(run({.time_jumps = 1, .spurious_wakes = 1}));
    expect_fails(run({.weaken_acquire = true}));
}

TEST_CASE("parker: the owner may destroy it as soon as park returned") {
    expect_holds(model::explore({.spurious_wakes = 1}, [] {
        auto& s = model::make<state>();
        model::thread([&] {
            s.parker.park();
            model::destroy(s);
        });
        model::thread([&] { s.parker.unpark(); });
    }));
}

TEST_CASE("parker: mutations are caught") {
    expect_fails(park_and_unpark({.weaken_release = true}));
    expect_fails(park_and_unpark({.weaken_acquire = true}));
    expect_fails(park_and_unpark({.lose_wake = 1}));
    expect_fails(park_and_unpark({.tear_rmw = true}));
    expect_fails(two_unparkers({.lose_wake = 1}));
    expect_fails(two_unparkers({.tear_rmw = true}));
}
