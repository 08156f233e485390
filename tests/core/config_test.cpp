// SPDX-License-Identifier: MIT

#include <braid/core/config.hpp>

#include <support/catch.hpp>

#if BRAID_VERSION < 100
#error "the version is a number that the preprocessor compares"
#endif

static_assert(BRAID_VERSION / 10000 >= 0 && BRAID_VERSION < 1'000'000);

TEST_CASE("a build knows whether ThreadSanitizer watches it") {
#if defined(__SANITIZE_THREAD__)
    constexpr bool watched = true;
#elif defined(__clang__)
    constexpr bool watched = __has_feature(thread_sanitizer);
#else
    constexpr bool watched = false;
#endif
    CHECK(braid::detail::core::thread_sanitizer == watched);
}
