// SPDX-License-Identifier: MIT

// model/mutex_test — sync/mutex in all interleavings of two and three threads: one owner at a time,
// who sees what the last one did; nobody sleeps for ever; the lock is free at the end; timed waits,
// the hungry bit, spurious wake-ups and destruction by the last owner included.
//
// A program is written as one string for each thread: L lock, T try_lock, F lock_for a time that
// may pass. Whoever got the lock changes the guarded data and unlocks. Not covered: spinning before
// the sleep, which changes nothing but time, and futex words in memory of several processes.

#include <braid/sync/mutex.hpp>
#include <model/model.hpp>
#include <support/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct state {
    braid::detail::sync::basic_mutex<braid::detail::sync::local_scope> lock;
    model::var<int> total{0};
    model::var<int> inside{0};

    bool take(char how) {
        if (how == 'T') return lock.try_lock();
        if (how == 'F') return lock.lock_for(1s);
        lock.lock();
        return true;
    }

    void work() {
        model::check(inside.get() == 0, "nobody else is inside");
        inside.set(1);
        total.set(total.get() + 1);
        inside.set(0);
    }
};

using program = std::vector<std::string>;

model::result run(const model::options& given, const program& threads) {
    return model::explore(given, [&] {
        auto& s = model::make<state>();
        for (const std::string& todo : threads) {
            model::thread([&s, &todo] {
                for (const char how : todo) {
                    if (!s.take(how)) continue;
                    s.work();
                    s.lock.unlock();
                }
            });
        }
        model::join_all();
        model::check(s.lock.try_lock(), "the lock is free at the end");
        s.lock.unlock();
        int certain = 0;
        int possible = 0;
        for (const std::string& todo : threads) {
            for (const char how : todo) {
                ++possible;
                if (how == 'L') ++certain;
            }
        }
        const int total = s.total.get();
        model::check(certain <= total && total <= possible, "all owners counted");
    });
}

void expect_holds(const model::options& given, const program& threads) {
    const auto found = run(given, threads);
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
}

void expect_fails(const model::options& given, const program& threads) {
    CHECK_FALSE(run(given, threads).ok);
}

} // namespace

TEST_CASE("mutex: two threads exclude each other and both end") {
    expect_holds({}, {"L", "L"});
    expect_holds({}, {"LL", "LL"});
    expect_holds({.spurious_wakes = 1}, {"LL", "LL"});
}

TEST_CASE("mutex: three threads exclude each other and all end") {
    expect_holds({}, {"L", "L", "L"});
    expect_holds({.spurious_wakes = 1}, {"L", "L", "L"});
    expect_holds({}, {"LL", "L", "L"});
}

TEST_CASE("mutex: try_lock takes a free lock only") {
    expect_holds({}, {"LL", "TT"});
    expect_holds({}, {"L", "L", "T"});
}

TEST_CASE("mutex: whoever gives up leaves no lock and no sleeper behind") {
    expect_holds({.time_jumps = 1}, {"LL", "FF"});
    expect_holds({}, {"FF", "FF"});
    expect_holds({}, {"F", "L", "L"});
    expect_holds({.spurious_wakes = 1}, {"LL", "F"});
}

TEST_CASE("mutex: from a hungry word only those who slept take the lock") {
    expect_holds({.time_jumps = 1}, {"LL", "LL"});
    expect_holds({.time_jumps = 1}, {"LLL", "L"});
    expect_holds({.time_jumps = 1, .spurious_wakes = 1}, {"LL", "L"});
    expect_holds({.time_jumps = 1}, {"L", "L", "L"});
    expect_holds({.time_jumps = 2, .spurious_wakes = 1}, {"LL", "L"});
}

TEST_CASE("mutex: one who gives up while he is hungry holds up nobody") {
    expect_holds({.time_jumps = 1}, {"LLL", "F"});
    expect_holds({.time_jumps = 1}, {"LLT", "F"});
    expect_holds({.time_jumps = 1}, {"LLT", "FT"});
    expect_holds({.time_jumps = 1}, {"L", "F", "L"});
    expect_holds({.time_jumps = 2, .spurious_wakes = 1}, {"LL", "F"});
}

TEST_CASE("mutex: the last owner may destroy it") {
    const auto found = model::explore({.spurious_wakes = 1}, [] {
        auto& s = model::make<state>();
        for (int i = 0; i < 2; ++i) {
            model::thread([&s] {
                s.lock.lock();
                s.work();
                const bool last = s.total.get() == 2;
                s.lock.unlock();
                if (last) model::destroy(s);
            });
        }
    });
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
}

TEST_CASE("mutex: mutations are caught") {
    for (const program& threads : {program{"LL", "LL"}, program{"L", "L", "L"}}) {
        expect_fails({.weaken_release = true}, threads);
        expect_fails({.weaken_acquire = true}, threads);
        expect_fails({.tear_rmw = true}, threads);
        expect_fails({.lose_wake = 1}, threads);
    }
    expect_fails({.time_jumps = 1, .lose_wake = 2}, {"LL", "LL"});
}
