// SPDX-License-Identifier: MIT

// model/reduction_test — the checker leaves out schedules that are equivalent to others and no
// more: counts that can be worked out by hand, and random programs, of which the run of all
// schedules knows every outcome.

#include <braid/core/atomic.hpp>
#include <braid/core/deadline.hpp>
#include <braid/os/futex.hpp>
#include <model/model.hpp>
#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace core = braid::detail::core;
namespace os = braid::detail::os;

namespace {

struct words {
    os::futex_word x{0};
    os::futex_word y{0};
};

} // namespace

TEST_CASE("reduction: the number of executions is that of the schedules that differ") {
    const auto run = [](bool reduction, std::vector<int> adds_to_x, std::vector<int> loads_of_x) {
        const auto found = model::explore({.reduction = reduction}, [&] {
            auto& s = model::make<words>();
            for (std::size_t i = 0; i < adds_to_x.size(); ++i) {
                model::thread([&s, adds = adds_to_x[i], loads = loads_of_x[i]] {
                    for (int k = 0; k < adds; ++k) s.x.fetch_add(1, core::relaxed);
                    for (int k = 0; k < loads; ++k) static_cast<void>(s.x.load(core::relaxed));
                });
            }
        });
        CHECK(found.ok);
        return found.executions;
    };
    CHECK(run(true, {1, 1}, {0, 0}) == 2);         // 2!
    CHECK(run(true, {1, 1, 1}, {0, 0, 0}) == 6);   // 3!
    CHECK(run(true, {2, 2}, {0, 0}) == 6);         // 4! / (2! 2!)
    CHECK(run(true, {1, 0, 0}, {0, 1, 1}) == 4);   // each reader before or after the writer
    CHECK(run(true, {0, 0, 0}, {3, 3, 3}) == 1);   // readers alone
    CHECK(run(false, {0, 0}, {2, 2}) == 6);        // all schedules: 4! / (2! 2!)
    CHECK(run(false, {1, 1, 1}, {1, 1, 1}) == 90); // 6! / (2! 2! 2!)
    // Each thread reads after its own add: 6 orders of the adds, each load before or after later
    // adds of others: 3 * 2 * 1 places.
    CHECK(run(true, {1, 1, 1}, {1, 1, 1}) == 36);
}

namespace {

/// A random program: for each thread, a list of operations on two words.
struct step {
    int what;
    bool on_x;
    int operand;
};
using program = std::vector<std::vector<step>>;
using outcome = std::vector<int>;

program random_program(std::mt19937& random, int threads, int length) {
    program made(static_cast<std::size_t>(threads));
    for (auto& thread : made) {
        for (int i = 0; i < length; ++i) {
            thread.push_back({static_cast<int>(random() % 10), random() % 2 == 0,
                              static_cast<int>(random() % 3)});
        }
    }
    return made;
}

int run_step(words& s, const step& todo) {
    os::futex_word& word = todo.on_x ? s.x : s.y;
    const auto operand = static_cast<std::uint32_t>(todo.operand);
    switch (todo.what) {
    case 0:
    case 1:
        return static_cast<int>(word.load(core::acquire));
    case 2:
    case 3:
        word.store(operand, core::release);
        return 0;
    case 4:
        return static_cast<int>(word.exchange(operand, core::acq_rel));
    case 5: {
        std::uint32_t expected = 1;
        word.compare_exchange_strong(expected, operand, core::acq_rel);
        return static_cast<int>(expected);
    }
    case 6:
        core::store_load_fence();
        return 0;
    case 7: {
        const auto until = core::deadline::after(std::chrono::seconds(1));
        return static_cast<int>(os::futex_wait(word, operand, until, {}));
    }
    default:
        return os::futex_wake(word, 1, {});
    }
}

/// What can come out: all that the threads saw, and the memory at the end.
std::set<outcome> outcomes(const program& todo, model::options given, bool reduction,
                           std::uint64_t& executions) {
    given.reduction = reduction;
    std::set<outcome> all;
    // Out here, because an execution that is given up destroys nothing.
    std::vector<outcome> seen;
    outcome sum;
    const auto found = model::explore(given, [&] {
        auto& s = model::make<words>();
        seen.assign(todo.size(), outcome{});
        for (std::size_t i = 0; i < todo.size(); ++i) {
            model::thread([&, i] {
                for (const step& each : todo[i]) seen[i].push_back(run_step(s, each));
            });
        }
        model::join_all();
        sum.clear();
        for (const outcome& each : seen) sum.insert(sum.end(), each.begin(), each.end());
        sum.push_back(static_cast<int>(s.x.load(core::relaxed)));
        sum.push_back(static_cast<int>(s.y.load(core::relaxed)));
        all.insert(sum);
    });
    INFO(found.message << "\n" << found.trace);
    CHECK(found.ok);
    executions += found.executions;
    return all;
}

} // namespace

TEST_CASE("reduction: the reduction loses no outcome of random programs") {
    std::mt19937 random(1);
    std::uint64_t all = 0;
    std::uint64_t reduced = 0;
    const auto compare = [&](int threads, int length, int rounds, const model::options& given) {
        for (int i = 0; i < rounds; ++i) {
            const program todo = random_program(random, threads, length);
            CHECK(outcomes(todo, given, false, all) == outcomes(todo, given, true, reduced));
        }
    };
    compare(2, 4, 100, {});
    compare(3, 2, 100, {});
    compare(2, 3, 50, {.time_jumps = 1, .spurious_wakes = 1});
    CHECK(reduced * 5 < all);
}
