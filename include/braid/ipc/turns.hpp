// SPDX-License-Identifier: MIT
#pragma once

// ipc/turns — the numbering of the slots of a ring that is used for ever.
//
// Turn t uses slot t mod capacity. Turns are counted modulo the largest multiple of the capacity
// that 48 bits hold, and compared by their distance, so that the count may wrap: a slot's next turn
// is always its turn plus the capacity.

#include <cstdint>

namespace braid::inline v1::detail::ipc {

/// Turns of a ring of `capacity` slots, 1 to 2^32.
class turns {
public:
    static constexpr int bits = 48;

    explicit constexpr turns(std::uint64_t capacity) noexcept
        : capacity_(capacity), modulus_((std::uint64_t{1} << bits) / capacity * capacity) {}

    [[nodiscard]] constexpr std::uint64_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] constexpr std::uint64_t modulus() const noexcept { return modulus_; }
    [[nodiscard]] constexpr std::uint64_t slot(std::uint64_t turn) const noexcept {
        return turn % capacity_;
    }

    /// The turn `steps` later, at most the capacity.
    [[nodiscard]] constexpr std::uint64_t after(std::uint64_t turn,
                                                std::uint64_t steps) const noexcept {
        const std::uint64_t sum = turn + steps;
        return sum < modulus_ ? sum : sum - modulus_;
    }

    /// How much later `a` is than `b`: negative if it is earlier.
    [[nodiscard]] constexpr std::int64_t distance(std::uint64_t a, std::uint64_t b) const noexcept {
        const auto modulus = static_cast<std::int64_t>(modulus_);
        const auto plain = static_cast<std::int64_t>(a) - static_cast<std::int64_t>(b);
        if (plain > modulus / 2) return plain - modulus;
        if (plain < -(modulus / 2)) return plain + modulus;
        return plain;
    }

private:
    std::uint64_t capacity_;
    std::uint64_t modulus_;
};

} // namespace braid::inline v1::detail::ipc
