// SPDX-License-Identifier: MIT

#include <braid/os/signal.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <csignal>
#include <thread>
#include <type_traits>

#include <pthread.h>
#include <unistd.h>

namespace os = braid::detail::os;

static_assert(!std::is_copy_constructible_v<os::signal_block>);

namespace {

bool is_held_back(int number) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, number) == 1;
}

volatile std::sig_atomic_t came = 0;

void count_signals(int number) {
    came = 0;
    std::signal(number, [](int) { came = came + 1; });
}

} // namespace

TEST_CASE("signals are held back for a scope, all that can be or those named") {
    CHECK_FALSE(is_held_back(SIGUSR1));
    {
        const os::signal_block all;
        for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGALRM, SIGRTMIN})
            CHECK(is_held_back(number));
        CHECK_FALSE(is_held_back(SIGKILL));
        CHECK_FALSE(is_held_back(SIGSTOP));
    }
    CHECK_FALSE(is_held_back(SIGUSR1));
    {
        const os::signal_block some{SIGUSR1, SIGTERM};
        CHECK(is_held_back(SIGUSR1));
        CHECK(is_held_back(SIGTERM));
        CHECK_FALSE(is_held_back(SIGUSR2));
    }
    CHECK_FALSE(is_held_back(SIGUSR1));
    CHECK_FALSE(is_held_back(SIGTERM));
}

TEST_CASE("the mask comes back as it was, held back signals included") {
    const os::signal_block outer{SIGUSR2};
    {
        const os::signal_block inner{SIGUSR1, SIGUSR2};
        const os::signal_block all;
        CHECK(is_held_back(SIGTERM));
    }
    CHECK(is_held_back(SIGUSR2));
    CHECK_FALSE(is_held_back(SIGUSR1));
    CHECK_FALSE(is_held_back(SIGTERM));
}

TEST_CASE("a signal that came in the scope arrives after it") {
    const auto child = support::run_in_child([] {
        count_signals(SIGUSR1);
        {
            const os::signal_block held{SIGUSR1};
            ::kill(::getpid(), SIGUSR1);
            support::demand(came == 0, "held back");
        }
        while (came == 0) ::usleep(1000);
        support::demand(came == 1, "once");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a thread that is started in the scope begins with its mask") {
    bool held_there = false;
    std::thread thread;
    {
        const os::signal_block held{SIGUSR1};
        thread = std::thread([&] { held_there = is_held_back(SIGUSR1); });
    }
    thread.join();
    CHECK(held_there);
    CHECK_FALSE(is_held_back(SIGUSR1));
}

TEST_CASE("a signal that is let through arrives, and others stay held back") {
    const auto child = support::run_in_child([] {
        const os::signal_block held{SIGUSR1, SIGUSR2};
        count_signals(SIGUSR1);
        ::kill(::getpid(), SIGUSR1);
        support::demand(came == 0, "held back");
        os::let_through(SIGUSR1);
        while (came == 0) ::usleep(1000);
        support::demand(!is_held_back(SIGUSR1), "no more");
        support::demand(is_held_back(SIGUSR2), "the other");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("waiting for signals says which came, and takes it") {
    const auto child = support::run_in_child([] {
        const os::signal_block held{SIGUSR1, SIGUSR2};
        count_signals(SIGUSR2);
        ::kill(::getpid(), SIGUSR2);
        support::demand(os::wait_for_signal({SIGUSR1, SIGUSR2}) == SIGUSR2, "the one that came");
        std::thread other([] { ::kill(::getpid(), SIGUSR1); });
        support::demand(os::wait_for_signal({SIGUSR1, SIGUSR2}) == SIGUSR1, "the other");
        other.join();
        support::demand(came == 0, "no handler ran");
    });
    CHECK(child.trouble() == "");
}
