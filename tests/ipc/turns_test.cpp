// SPDX-License-Identifier: MIT

#include <braid/ipc/turns.hpp>

#include <support/catch.hpp>

#include <cstdint>

using braid::detail::ipc::turns;

namespace {

constexpr std::uint64_t end_of_48_bits = std::uint64_t{1} << 48;

static_assert(turns(4).after(0, 1) == 1);
static_assert(turns(4).distance(5, 3) == 2);

constexpr std::uint64_t capacities[] = {1,    2,       3,       4,          5,
                                        1000, 1 << 20, 1000003, 4294967295, 4294967296};

} // namespace

TEST_CASE("turns are counted modulo the largest multiple of the capacity that 48 bits hold") {
    for (const auto capacity : capacities) {
        const turns t(capacity);
        INFO("capacity " << capacity);
        CHECK(t.capacity() == capacity);
        CHECK(t.modulus() % capacity == 0);
        CHECK(t.modulus() <= end_of_48_bits);
        CHECK(t.modulus() > end_of_48_bits - capacity);
    }
}

TEST_CASE("turn t uses slot t mod capacity, and the turns after the last begin at slot 0") {
    for (const auto capacity : capacities) {
        const turns t(capacity);
        INFO("capacity " << capacity);
        CHECK(t.slot(0) == 0);
        CHECK(t.slot(capacity) == 0);
        CHECK(t.slot(capacity - 1) == capacity - 1);
        CHECK(t.slot(t.modulus() - 1) == capacity - 1);
        CHECK(t.after(t.modulus() - 1, 1) == 0);
    }
}

TEST_CASE("a slot's next turn is its turn plus the capacity, across the wrap too") {
    for (const auto capacity : capacities) {
        const turns t(capacity);
        const std::uint64_t last = t.modulus() - 1;
        for (const auto turn : {std::uint64_t{0}, capacity - 1, last - capacity + 1, last}) {
            INFO("capacity " << capacity << ", turn " << turn);
            const auto next = t.after(turn, capacity);
            CHECK(next < t.modulus());
            CHECK(t.slot(next) == t.slot(turn));
            CHECK(t.distance(next, turn) == static_cast<std::int64_t>(capacity));
        }
    }
}

TEST_CASE("a distance is positive forwards and negative backwards, across the wrap too") {
    const turns t(3);
    const std::uint64_t last = t.modulus() - 1;
    CHECK(t.distance(7, 7) == 0);
    CHECK(t.distance(9, 7) == 2);
    CHECK(t.distance(7, 9) == -2);
    CHECK(t.distance(0, last) == 1);
    CHECK(t.distance(last, 0) == -1);
    CHECK(t.distance(1, last - 1) == 3);
    CHECK(t.distance(last - 1, 1) == -3);
    const auto half = t.modulus() / 2;
    CHECK(t.distance(half - 1, 0) == static_cast<std::int64_t>(half - 1));
    CHECK(t.distance(0, half - 1) == -static_cast<std::int64_t>(half - 1));
}

TEST_CASE("walking on by single turns visits the slots round and round over the wrap") {
    const turns t(3);
    std::uint64_t turn = t.modulus() - 6;
    for (std::uint64_t step = 0; step < 12; ++step, turn = t.after(turn, 1)) {
        CHECK(t.slot(turn) == step % 3);
        CHECK(t.distance(turn, t.modulus() - 6) == static_cast<std::int64_t>(step));
    }
    CHECK(turn == 6);
}
