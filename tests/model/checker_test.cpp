// SPDX-License-Identifier: MIT

// model/checker_test — the checker itself: classical programs that are right or wrong in a known
// way. What its reduction leaves out is in model/reduction_test.

#include <braid/core/atomic.hpp>
#include <braid/os/futex.hpp>
#include <model/model.hpp>
#include <support/catch.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace core = braid::detail::core;
namespace os = braid::detail::os;

namespace {

bool says(const model::result& found, const std::string& what) {
    INFO(found.message << "\n" << found.trace);
    const bool said = !found.ok && found.message.find(what) != std::string::npos;
    CHECK(said);
    CHECK_FALSE(found.trace.empty());
    return said;
}

bool holds(const model::result& found) {
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
    return found.ok;
}

struct two_words {
    core::atomic<int> x{0};
    core::atomic<int> y{0};
    int seen_x = -1;
    int seen_y = -1;
};

model::result store_buffering(const model::options& given, std::memory_order order, bool fenced) {
    return model::explore(given, [=] {
        auto& s = model::make<two_words>();
        model::thread([&s, order, fenced] {
            s.x.store(1, order);
            if (fenced) core::store_load_fence();
            s.seen_y = s.y.load(core::acquire);
        });
        model::thread([&s, order, fenced] {
            s.y.store(1, order);
            if (fenced) core::store_load_fence();
            s.seen_x = s.x.load(core::acquire);
        });
        model::join_all();
        model::check(s.seen_x == 1 || s.seen_y == 1, "one of two sees the other");
    });
}

struct message {
    core::atomic<bool> ready{false};
    model::var<int> content{0};
};

model::result message_passing(const model::options& given, std::memory_order store,
                              std::memory_order load) {
    return model::explore(given, [=] {
        auto& s = model::make<message>();
        model::thread([&s, store] {
            s.content.set(42);
            s.ready.store(true, store);
        });
        model::thread([&s, load] {
            if (s.ready.load(load)) model::check(s.content.get() == 42, "the message is there");
        });
    });
}

/// Locks that spin: by one exchange, or by a look and a store.
struct spin_lock {
    core::atomic<bool> taken{false};

    void lock() {
        while (taken.exchange(true, core::acquire)) core::relax();
    }
    void lock_broken() {
        while (taken.load(core::acquire)) core::relax();
        taken.store(true, core::relaxed);
    }
    void unlock() { taken.store(false, core::release); }
};

struct counter {
    spin_lock first;
    spin_lock second;
    model::var<int> total{0};

    void count() { total.set(total.get() + 1); }
};

} // namespace

TEST_CASE("checker: store buffering is found without a fence and not with one") {
    says(store_buffering({}, core::release, false), "one of two sees the other");
    says(store_buffering({.reduction = false}, core::relaxed, false), "one of two");
    holds(store_buffering({}, core::release, true));
    holds(store_buffering({}, core::seq_cst, false));
    holds(store_buffering({.store_buffers = false}, core::relaxed, false));
    says(store_buffering({.ignore_fences = true}, core::release, true), "one of two");
    says(store_buffering({.weaken_seq_cst = true}, core::seq_cst, false), "one of two");
}

TEST_CASE("checker: plain data behind a relaxed flag is a race") {
    holds(message_passing({}, core::release, core::acquire));
    says(message_passing({}, core::relaxed, core::acquire), "race");
    says(message_passing({}, core::release, core::relaxed), "race");
    says(message_passing({.weaken_release = true}, core::release, core::acquire), "race");
    says(message_passing({.weaken_acquire = true}, core::release, core::acquire), "race");
}

TEST_CASE("checker: a fence makes a relaxed load acquire and a relaxed store release") {
    holds(model::explore({}, [] {
        auto& s = model::make<message>();
        model::thread([&] {
            s.content.set(42);
            core::store_load_fence();
            s.ready.store(true, core::relaxed);
        });
        model::thread([&] {
            if (!s.ready.load(core::relaxed)) return;
            core::store_load_fence();
            model::check(s.content.get() == 42, "the message is there");
        });
    }));
}

TEST_CASE(
    "checker: a relaxed read-modify-write goes on with a release sequence and a store does not") {
    struct chain {
        core::atomic<int> step{0};
        model::var<int> content{0};
    };
    const auto run = [](bool store) {
        return model::explore({}, [store] {
            auto& s = model::make<chain>();
            model::thread([&] {
                s.content.set(42);
                s.step.store(1, core::release);
            });
            model::thread([&, store] {
                int one = 1;
                if (!store) {
                    s.step.compare_exchange_strong(one, 2, core::relaxed);
                } else if (s.step.load(core::relaxed) == 1) {
                    s.step.store(2, core::relaxed);
                }
            });
            model::thread([&] {
                if (s.step.load(core::acquire) == 2) model::check(s.content.get() == 42, "there");
            });
        });
    };
    holds(run(false));
    says(run(true), "race");
}

TEST_CASE("checker: a lock excludes and a lock that looks before it stores does not") {
    const auto run = [](const model::options& given, void (spin_lock::*lock)(), int threads) {
        return model::explore(given, [=] {
            auto& s = model::make<counter>();
            for (int i = 0; i < threads; ++i) {
                model::thread([&s, lock] {
                    (s.first.*lock)();
                    s.count();
                    s.first.unlock();
                });
            }
            model::join_all();
            model::check(s.total.get() == threads, "all counted");
        });
    };
    holds(run({}, &spin_lock::lock, 2));
    holds(run({}, &spin_lock::lock, 3));
    says(run({}, &spin_lock::lock_broken, 2), "race");
    says(run({.tear_rmw = true}, &spin_lock::lock, 2), ""); // a race, or a torn-over unlock
    says(run({.weaken_release = true}, &spin_lock::lock, 2), "race");
    says(run({.weaken_acquire = true}, &spin_lock::lock, 2), "race");
}

TEST_CASE("checker: two locks taken in opposite order end in a livelock of spinners") {
    says(model::explore({},
                        [] {
                            auto& s = model::make<counter>();
                            model::thread([&] {
                                s.first.lock();
                                s.second.lock();
                            });
                            model::thread([&] {
                                s.second.lock();
                                s.first.lock();
                            });
                        }),
         "livelock");
}

namespace {

/// A lock of states 0, 1 and 2 (taken, and somebody may sleep).
struct sleeping_lock {
    os::futex_word word{0};

    void lock() {
        while (word.exchange(2, core::acquire) != 0) {
            static_cast<void>(os::futex_wait(word, 2, core::deadline::never(), os::futex_scope{}));
        }
    }
    void unlock() {
        word.store(0, core::release);
        os::futex_wake(word, 1, os::futex_scope{});
    }
};

} // namespace

TEST_CASE("checker: two sleeping locks taken in opposite order are a deadlock") {
    const auto run = [](bool opposite) {
        return model::explore({}, [opposite] {
            struct state {
                sleeping_lock a, b;
            };
            auto& s = model::make<state>();
            model::thread([&] {
                s.a.lock();
                s.b.lock();
                s.b.unlock();
                s.a.unlock();
            });
            model::thread([&, opposite] {
                (opposite ? s.b : s.a).lock();
                (opposite ? s.a : s.b).lock();
                s.b.unlock();
                s.a.unlock();
            });
        });
    };
    holds(run(false));
    says(run(true), "deadlock");
}

TEST_CASE("checker: a lost wake-up is a deadlock") {
    struct gate {
        os::futex_word open{0};
    };
    enum class fault { none, no_wake, stale_value };
    const auto run = [](const model::options& given, fault with) {
        return model::explore(given, [with] {
            auto& s = model::make<gate>();
            model::thread([&s, with] {
                std::uint32_t seen = 0;
                while ((seen = s.open.load(core::acquire)) == 0) {
                    // A value read after the check lets the opening slip in between.
                    if (with == fault::stale_value) seen = s.open.load(core::acquire);
                    static_cast<void>(os::futex_wait(s.open, seen, core::deadline::never(), {}));
                }
            });
            model::thread([&s, with] {
                s.open.store(1, core::release);
                if (with != fault::no_wake) os::futex_wake(s.open, os::wake_all, {});
            });
        });
    };
    holds(run({}, fault::none));
    holds(run({.spurious_wakes = 2}, fault::none));
    says(run({}, fault::no_wake), "deadlock");
    says(run({}, fault::stale_value), "deadlock");
    says(run({.lose_wake = 1}, fault::none), "deadlock");
}

TEST_CASE("checker: sleepers wake in the order in which they came and after their time") {
    holds(model::explore({.time_jumps = 1}, [] {
        auto& s = model::make<sleeping_lock>();
        model::thread([&] {
            const auto until = core::deadline::after(std::chrono::seconds(1));
            if (os::futex_wait(s.word, 0, until, {}) == os::futex_result::timed_out) {
                model::check(until.has_passed(), "its time has come");
            }
        });
    }));
    says(model::explore({},
                        [] {
                            auto& s = model::make<sleeping_lock>();
                            for (int i = 0; i < 2; ++i) {
                                model::thread([&] {
                                    static_cast<void>(
                                        os::futex_wait(s.word, 0, core::deadline::never(), {}));
                                });
                            }
                            model::thread([&] {
                                model::check(os::futex_wake(s.word, 9, {}) < 2, "both sleep");
                            });
                        }),
         "both sleep");
}

TEST_CASE("checker: use after destruction and destruction during use are found") {
    const auto run = [](std::memory_order order, bool touch_again) {
        return model::explore({}, [=] {
            auto& s = model::make<two_words>();
            model::thread([&s, order, touch_again] {
                s.x.store(1, order);
                if (touch_again) static_cast<void>(s.y.load(core::relaxed));
            });
            model::thread([&s] {
                if (s.x.load(core::acquire) == 1) model::destroy(s);
            });
        });
    };
    holds(run(core::release, false));
    says(run(core::relaxed, false), "destroys");
    says(run(core::release, true), "y" /* destroys or use after destruction */);
}

TEST_CASE("checker: whoever spins for what nobody does is in a livelock") {
    says(model::explore({},
                        [] {
                            auto& s = model::make<two_words>();
                            model::thread([&] {
                                while (s.x.load(core::acquire) == 0) core::relax();
                            });
                        }),
         "livelock");
    says(model::explore({.max_steps = 100},
                        [] {
                            auto& s = model::make<two_words>();
                            while (s.x.load(core::acquire) == 0) {
                            }
                        }),
         "endless");
}

TEST_CASE("checker: a spin that is limited in time ends in time and early") {
    const auto run = [](int jumps, std::set<int>& seen) {
        return model::explore({.time_jumps = jumps}, [&seen] {
            auto& s = model::make<two_words>();
            model::thread([&] {
                const auto end = core::now() + std::chrono::microseconds(2);
                while (s.x.load(core::acquire) == 0 && core::now() < end) core::relax();
                seen.insert(s.x.load(core::acquire));
            });
            model::thread([&] { s.x.store(1, core::release); });
        });
    };
    std::set<int> patient;
    std::set<int> hasty;
    holds(run(0, patient));
    holds(run(1, hasty));
    CHECK(patient == std::set<int>{1});
    CHECK(hasty == std::set<int>{0, 1});
}

TEST_CASE("checker: bounds that are reached are a failure unless that is allowed") {
    const auto run = [](const model::options& given) {
        return model::explore(given, [] {
            auto& s = model::make<two_words>();
            for (int i = 0; i < 3; ++i) model::thread([&] { s.x.fetch_add(1, core::relaxed); });
        });
    };
    CHECK_FALSE(run({.max_executions = 3}).ok);
    CHECK(run({.max_executions = 3, .allow_partial = true}).ok);
}
