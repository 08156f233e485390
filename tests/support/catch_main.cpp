// SPDX-License-Identifier: MIT

// support/catch_main — the main of every test program. Catch installs no signal handlers: a child
// that a test forks and kills would report the test's failure from them.

#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#include <catch2/catch.hpp>
#endif

int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
