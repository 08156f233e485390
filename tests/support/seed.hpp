// SPDX-License-Identifier: MIT
#pragma once

// support/seed — a number to draw all of a test's random numbers from; BRAID_TEST_SEED in the
// environment repeats a run.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace support {

/// A generator that may differ in every run; says its seed.
inline std::mt19937_64 seeded(const char* what) {
    const char* const given = std::getenv("BRAID_TEST_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << what << ": BRAID_TEST_SEED=" << seed << std::endl;
    return std::mt19937_64(seed);
}

/// A number from 0 to `most`.
inline int upto(std::mt19937_64& random, int most) {
    return std::uniform_int_distribution<int>(0, most)(random);
}

} // namespace support
