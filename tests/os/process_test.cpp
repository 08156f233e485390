// SPDX-License-Identifier: MIT

#include <braid/core/config.hpp>
#include <braid/os/process.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <thread>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace os = braid::detail::os;

namespace {

/// A child that runs until it is killed, and is reaped at the end.
class sleeping_child {
public:
    sleeping_child() : id_(::fork()) {
        if (id_ != 0) return;
        for (;;) ::pause();
    }
    sleeping_child(const sleeping_child&) = delete;
    sleeping_child& operator=(const sleeping_child&) = delete;
    ~sleeping_child() { reap(); }

    [[nodiscard]] pid_t id() const { return id_; }

    /// Leaves it a zombie.
    void end() const {
        ::kill(id_, SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT);
    }
    void reap() {
        if (reaped_) return;
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
        reaped_ = true;
    }

private:
    pid_t id_;
    bool reaped_ = false;
};

} // namespace

TEST_CASE("a process knows its number and its parent's") {
    const pid_t parent = os::process_id();
    CHECK(parent == ::getpid());
    const auto child = support::run_in_child([&] {
        support::demand(os::process_id() != parent, "another number");
        support::demand(os::parent_process_id() == parent, "the parent's number");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a process has begun at one time, later than its parent or in the same tick") {
    const auto mine = os::process_start_time(os::process_id());
    CHECK(mine > 0);
    CHECK(os::process_start_time(os::process_id()) == mine);
    const sleeping_child child;
    const auto its = os::process_start_time(child.id());
    CHECK(its >= mine);
    CHECK(os::process_start_time(child.id()) == its);
}

TEST_CASE("a process that is not there has begun at 0") {
    sleeping_child child;
    child.reap();
    CHECK(os::process_start_time(child.id()) == 0);
    CHECK(os::process_start_time(-1) == 0);
}

TEST_CASE("the time of a process is found whatever it is named") {
    const auto child = support::run_in_child([] {
        const auto before = os::process_start_time(os::process_id());
        for (const char* const name : {"a b c", ") S 1 2 3", "((((", "))))", " ", "1) 2 (3"}) {
            ::prctl(PR_SET_NAME, name);
            support::demand(os::process_start_time(os::process_id()) == before, name);
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a process is alive while it runs, with its own start time or none") {
    const auto mine = os::process_start_time(os::process_id());
    CHECK(os::is_alive(os::process_id(), mine));
    CHECK(os::is_alive(os::process_id(), 0));
    const sleeping_child child;
    CHECK(os::is_alive(child.id(), os::process_start_time(child.id())));
}

TEST_CASE("a process with another start time is not the one that was meant") {
    const auto mine = os::process_start_time(os::process_id());
    CHECK_FALSE(os::is_alive(os::process_id(), mine + 1));
    CHECK_FALSE(os::is_alive(os::process_id(), 1));
}

TEST_CASE("a zombie is not alive, nor is one that is gone") {
    sleeping_child child;
    const auto its = os::process_start_time(child.id());
    CHECK(os::is_alive(child.id(), its));
    child.end();
    CHECK_FALSE(os::is_alive(child.id(), its));
    CHECK_FALSE(os::is_alive(child.id(), 0));
    child.reap();
    CHECK_FALSE(os::is_alive(child.id(), its));
    CHECK_FALSE(os::is_alive(child.id(), 0));
}

TEST_CASE("a thread with the number is no process with it") {
    bool alive = true;
    std::thread([&] { alive = os::is_alive(static_cast<pid_t>(::syscall(SYS_gettid)), 0); }).join();
    CHECK_FALSE(alive);
}

TEST_CASE("a process counts as alive when that cannot be found out") {
    for (const int left : {0, 1, 2}) { // descriptors to find it out with
        const auto child = support::run_in_child([=] {
            const auto parent = os::parent_process_id();
            const auto its = os::process_start_time(parent);
            const support::few_descriptors few(left);
            support::demand(os::is_alive(parent, its), "alive, or unknown");
        });
        INFO(left);
        CHECK(child.trouble() == "");
    }
}

TEST_CASE("a generation is the same until a fork, and another one in the child") {
    const auto mine = os::fork_generation();
    CHECK(os::fork_generation() == mine);
    const auto child = support::run_in_child([=] {
        const auto its = os::fork_generation();
        support::demand(its != mine, "not the parent's");
        support::demand(os::fork_generation() == its, "the same again");
        const auto grandchild = support::run_in_child([=] {
            support::demand(os::fork_generation() != its, "not the parent's");
            support::demand(os::fork_generation() != mine, "not the grandparent's");
        });
        support::demand(grandchild.trouble().empty(), "the grandchild's");
    });
    CHECK(child.trouble() == "");
    CHECK(os::fork_generation() == mine);
}

TEST_CASE("processes that can name each other by number have the same namespace") {
    const auto mine = os::pid_namespace();
    CHECK(mine != 0);
    const auto child = support::run_in_child([=] {
        support::demand(os::pid_namespace() == mine, "a child's is its parent's");
        if (::unshare(CLONE_NEWPID) != 0) return; // not allowed here
        const auto first = support::run_in_child([=] {
            support::demand(::getpid() == 1, "the first of a namespace");
            const auto its = os::pid_namespace();
            support::demand(its != mine, "another namespace");
        });
        support::demand(first.trouble().empty(), first.err.c_str());
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a child leads a session of its own, once") {
    const auto child = support::run_in_child([] {
        support::demand(::getsid(0) != ::getpid(), "in its parent's session");
        os::lead_new_session();
        support::demand(::getsid(0) == ::getpid(), "in its own");
        support::demand(::getpgrp() == ::getpid(), "in its own group");
        support::demand(::open("/dev/tty", O_RDWR | O_CLOEXEC) < 0, "without a terminal");
        try {
            os::lead_new_session();
            support::demand(false, "again");
        } catch (const std::system_error& e) {
            support::demand(std::string(e.what()).rfind("setsid", 0) == 0, "named");
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("leaving at once runs no handler and writes nothing") {
    const auto child = support::run_in_child([] {
        std::atexit([] { std::fputs("a handler", stderr); });
        std::printf("buffered");
        os::leave_at_once(5);
    });
    CHECK(child.exited_with(5));
    const bool flushed = braid::detail::core::thread_sanitizer; // its _exit writes what is buffered
    CHECK(child.out == (flushed ? "buffered" : ""));
    CHECK(child.err.empty());
}

TEST_CASE("ending by a signal ends as by that signal, handled, ignored or held back") {
    for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGABRT, SIGSEGV, SIGPIPE, SIGKILL}) {
        INFO(number);
        CHECK(support::run_in_child([=] { os::end_by_signal(number); }).killed_by(number));
        const auto handled = support::run_in_child([=] {
            std::signal(number, [](int) {});
            os::end_by_signal(number);
        });
        CHECK(handled.killed_by(number));
        const auto held_back = support::run_in_child([=] {
            std::signal(number, SIG_IGN);
            sigset_t all;
            sigfillset(&all);
            ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
            os::end_by_signal(number);
        });
        CHECK(held_back.killed_by(number));
    }
}
