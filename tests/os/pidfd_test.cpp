// SPDX-License-Identifier: MIT

#include <braid/os/pidfd.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/interruptions.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>

#include <sys/resource.h>
#include <sys/syscall.h>

using braid::exit_status;
using braid::detail::core::deadline;
using braid::detail::os::pidfd;
using braid::detail::os::wait_readable;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<pidfd> && std::is_nothrow_move_constructible_v<pidfd>);

namespace {

template <class F> pid_t fork_child(F f) {
    const pid_t id = ::fork();
    if (id != 0) return id;
    f();
    ::_exit(0);
}

/// The child runs until it is killed.
pid_t fork_sleeper() {
    return fork_child([] {
        for (;;) ::pause();
    });
}

std::optional<exit_status> reap_at_end(const pidfd& child) {
    if (!wait_readable(child.get(), deadline::after(15s))) return std::nullopt;
    return child.reap();
}

template <class F> std::optional<exit_status> status_of(F f) {
    return reap_at_end(pidfd::open(fork_child(f)));
}

} // namespace

TEST_CASE("no process is false") {
    const pidfd none;
    CHECK_FALSE(none);
    CHECK(none.get() == -1);
}

TEST_CASE("a child that exits can be waited for, and reaped once, and is unknown then") {
    const pidfd child = pidfd::open(fork_child([] { ::_exit(3); }));
    REQUIRE(child);
    CHECK(wait_readable(child.get(), deadline::never()));
    CHECK(child.reap() == exit_status::exited(3));
    CHECK(child.reap() == exit_status());
    CHECK(wait_readable(child.get(), deadline::passed()));
}

TEST_CASE("a child that runs is not reaped, and does not read as ended") {
    const pid_t id = fork_sleeper();
    const pidfd child = pidfd::open(id);
    CHECK_FALSE(wait_readable(child.get(), deadline::passed()));
    CHECK_FALSE(child.reap().has_value());
    CHECK(child.send_signal(SIGKILL));
    CHECK(reap_at_end(child) == exit_status::killed(SIGKILL, false));
}

TEST_CASE("a child that is stopped has not ended") {
    const pidfd child = pidfd::open(fork_sleeper());
    CHECK(child.send_signal(SIGSTOP));
    CHECK_FALSE(wait_readable(child.get(), deadline::after(20ms)));
    CHECK_FALSE(child.reap().has_value());
    CHECK(child.send_signal(SIGKILL));
    CHECK(reap_at_end(child) == exit_status::killed(SIGKILL, false));
}

TEST_CASE("a status tells the code and the signal of every kind of end") {
    CHECK(status_of([] { ::_exit(0); }) == exit_status::exited(0));
    CHECK(status_of([] { ::_exit(255); }) == exit_status::exited(255));
    for (const int number : {SIGTERM, SIGKILL, SIGUSR1, SIGALRM, SIGRTMIN}) {
        const auto status = status_of([=] {
            std::signal(number, SIG_DFL);
            ::kill(::getpid(), number);
            for (;;) ::pause();
        });
        CHECK(status == exit_status::killed(number, false));
    }
    const auto dumped = status_of([] {
        std::signal(SIGSEGV, SIG_DFL);
        const rlimit none{};
        ::setrlimit(RLIMIT_CORE, &none);
        ::kill(::getpid(), SIGSEGV);
    });
    REQUIRE(dumped.has_value());
    CHECK(dumped->signal() == SIGSEGV); // whether it dumped core is the machine's choice
}

TEST_CASE("a child that ended is opened as long as nobody took its status") {
    const pid_t id = fork_child([] { ::_exit(4); });
    siginfo_t info{};
    CHECK(::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOWAIT) == 0);
    const pidfd child = pidfd::open(id);
    REQUIRE(child);
    CHECK(child.reap() == exit_status::exited(4));
}

TEST_CASE("a child whose status somebody else took cannot be opened") {
    const pid_t id = fork_child([] { ::_exit(0); });
    CHECK(::waitpid(id, nullptr, 0) == id);
    const pidfd child = pidfd::open(id);
    CHECK_FALSE(child);
}

TEST_CASE("a status that somebody else took is unknown") {
    const pid_t id = fork_child([] { ::_exit(0); });
    const pidfd child = pidfd::open(id);
    CHECK(::waitpid(id, nullptr, 0) == id);
    CHECK(child.reap() == exit_status());
}

TEST_CASE("the status of a child is unknown when SIGCHLD is ignored") {
    const auto outer = support::run_in_child([] {
        std::signal(SIGCHLD, SIG_IGN);
        const pidfd child = pidfd::open(fork_sleeper());
        support::demand(!child.reap().has_value(), "it runs");
        support::demand(child.send_signal(SIGKILL), "it is there");
        support::demand(wait_readable(child.get(), deadline::after(15s)), "its end is seen");
        for (auto status = child.reap();; status = child.reap()) {
            if (!status) continue; // ended, but not gone yet
            support::demand(!status->known(), "nobody knows how");
            break;
        }
    });
    CHECK(outer.trouble() == "");
}

TEST_CASE("a process opens itself and can signal itself") {
    const auto child = support::run_in_child([] {
        const pidfd self = pidfd::open(::getpid());
        support::demand(static_cast<bool>(self), "opened");
        support::demand(!wait_readable(self.get(), deadline::passed()), "it runs");
        static volatile std::sig_atomic_t came = 0;
        std::signal(SIGUSR1, [](int number) { came = number; });
        support::demand(self.send_signal(SIGUSR1), "sent");
        support::demand(self.send_signal(0), "signal 0 asks only");
        while (came == 0) ::usleep(1000);
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a signal to a process that is gone is not sent") {
    const pidfd child = pidfd::open(fork_child([] { ::_exit(0); }));
    CHECK(reap_at_end(child) == exit_status::exited(0));
    CHECK_FALSE(child.send_signal(SIGTERM));
    CHECK_FALSE(child.send_signal(SIGKILL));
    CHECK_FALSE(child.send_signal(0));
}

TEST_CASE("a signal that does not exist is refused, and named") {
    const pidfd self = pidfd::open(::getpid());
    for (const int number : {-1, 65, 1000}) {
        try {
            static_cast<void>(self.send_signal(number));
            FAIL("sent");
        } catch (const std::system_error& e) {
            CHECK(e.code() == std::errc::invalid_argument);
            CHECK(std::string(e.what()).rfind("sending signal " + std::to_string(number), 0) == 0);
        }
    }
}

TEST_CASE("a number that no process has cannot be opened, though a thread may have it") {
    CHECK_FALSE(pidfd::open(-1));
    CHECK_FALSE(pidfd::open(0));
    bool opened = true;
    std::thread([&] {
        opened = static_cast<bool>(pidfd::open(static_cast<pid_t>(::syscall(SYS_gettid))));
    }).join();
    CHECK_FALSE(opened);
}

TEST_CASE("to reap what is no child gives unknown, or is refused") {
    CHECK(pidfd::open(::getpid()).reap() == exit_status());
    CHECK_THROWS_AS(pidfd().reap(), std::system_error);
}

TEST_CASE("running out of descriptors is told as that") {
    const auto child = support::run_in_child([] {
        const support::few_descriptors none(0);
        try {
            static_cast<void>(pidfd::open(::getpid()));
            support::demand(false, "no descriptor is left");
        } catch (const std::system_error& e) {
            support::demand(e.code() == std::errc::too_many_files_open, "EMFILE");
            support::demand(std::string(e.what()).rfind("pidfd_open", 0) == 0, "it is named");
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a wait for the end of a child that signals interrupt goes on") {
    const auto outer = support::run_in_child([] {
        const pidfd child = pidfd::open(fork_child([] {
            ::usleep(30'000);
            ::_exit(5);
        }));
        const support::interruptions often;
        support::demand(wait_readable(child.get(), deadline::never()), "it has ended");
        support::demand(support::interruptions::count() > 2, "it was interrupted");
        support::demand(child.reap() == exit_status::exited(5), "its status");
    });
    CHECK(outer.trouble() == "");
}

TEST_CASE("a descriptor of a process is closed on exec, and at the end of its scope") {
    const auto before = support::open_descriptors();
    {
        const pidfd self = pidfd::open(::getpid());
        CHECK(support::is_close_on_exec(self.get()));
        CHECK(self.get() > 2);
    }
    CHECK(support::open_descriptors() == before);
}
