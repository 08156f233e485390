// SPDX-License-Identifier: MIT

#include <braid/os/signal.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>

#include <pthread.h>
#include <unistd.h>

namespace os = braid::detail::os;
using braid::detail::core::deadline;
using namespace std::chrono_literals;

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

TEST_CASE("a signal rings a bell, whichever thread it reaches, and changes nothing else") {
    const auto child = support::run_in_child([] {
        static const os::event_fd bell;
        os::ring_on_signal(SIGTERM, bell);
        support::demand(!os::wait_readable(bell.get(), deadline::passed()), "it is quiet");
        support::demand(!is_held_back(SIGTERM), "nothing is held back");
        errno = ENOTTY;
        ::raise(SIGTERM);
        support::demand(errno == ENOTTY, "errno is kept");
        support::demand(os::wait_readable(bell.get(), deadline::passed()), "it rings");
        ::raise(SIGTERM);
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a bell rung by a signal ends the wait of another thread") {
    const auto child = support::run_in_child([] {
        static const os::event_fd bell;
        os::ring_on_signal(SIGTERM, bell);
        std::thread other([] { ::kill(::getpid(), SIGTERM); });
        support::demand(os::wait_readable(bell.get(), deadline::after(15s)), "it rings");
        other.join();
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a program that is started does not inherit the bell's handler, nor a mask") {
    const auto child = support::run_in_child([] {
        static const os::event_fd bell;
        os::ring_on_signal(SIGTERM, bell);
        support::become("/bin/sh", {"-c", "kill -TERM $$; sleep 20"});
    });
    CHECK(child.killed_by(SIGTERM));
}

TEST_CASE("a signal that does not exist, or that nobody can handle, rings no bell") {
    const auto child = support::run_in_child([] {
        static const os::event_fd bell;
        for (const int number : {-1, 0, 1000, SIGKILL}) {
            try {
                os::ring_on_signal(number, bell);
                support::demand(false, "refused");
            } catch (const std::system_error& e) {
                const auto named = "handling signal " + std::to_string(number);
                support::demand(std::string(e.what()).rfind(named, 0) == 0, e.what());
            }
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("in a forked copy the signal does what it did before, and the bell stays the parent's") {
    const auto after_fork = [](void (*before)(int)) {
        static const os::event_fd bell;
        std::signal(SIGTERM, before);
        os::ring_on_signal(SIGTERM, bell);
        const auto copy = support::run_in_child([] {
            ::raise(SIGTERM);
            return 3;
        });
        const bool quiet = !os::wait_readable(bell.get(), deadline::passed());
        support::demand(quiet, "the parent hears nothing");
        if (copy.killed_by(SIGTERM)) return 1;
        return copy.exited_with(3) ? 2 : 99;
    };
    CHECK(support::run_in_child([&] { return after_fork(SIG_DFL); }).exited_with(1));
    CHECK(support::run_in_child([&] { return after_fork(SIG_IGN); }).exited_with(2));
    const auto handled = support::run_in_child([&] { return after_fork([](int) { ::_exit(3); }); });
    CHECK(handled.exited_with(2));
}
