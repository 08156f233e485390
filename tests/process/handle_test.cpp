// SPDX-License-Identifier: MIT

#include <braid/process/fork.hpp>
#include <braid/process/handle.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>
#include <braid/thread/spawn.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/eventually.hpp>
#include <support/processes.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
namespace process = braid::process;
namespace thread = braid::thread;
using braid::exit_status;
using flag = process::shared<std::atomic<int>>;
using support::demand;

static_assert(!std::is_copy_constructible_v<process::handle>);
static_assert(std::is_nothrow_move_constructible_v<process::handle>);
static_assert(!std::is_default_constructible_v<process::handle>);

namespace {

process::handle sleeper() { return process::spawn(support::sleep_for_good); }

/// A child whose function takes a stop token and ends when it is asked to.
process::handle willing(const flag& told) {
    return process::spawn([told](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
        *told = 1;
    });
}

} // namespace

TEST_CASE("joining waits for the child and says how it ended, as often as asked") {
    auto h = process::spawn([] { std::this_thread::sleep_for(30ms); });
    CHECK(h.join().success());
    CHECK(h.join().success());
    CHECK(h.join_for(0s) == h.join());
    CHECK(h.status() == h.join());
    CHECK(h.done());
    CHECK_FALSE(h.alive());
}

TEST_CASE("a timed join gives nothing while the child runs") {
    auto h = sleeper();
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(h.join_for(30ms));
    CHECK(std::chrono::steady_clock::now() - began >= 30ms);
    CHECK_FALSE(h.join_for(0s));
    CHECK_FALSE(h.join_for(-1h));
    CHECK_FALSE(h.join_until(std::chrono::steady_clock::now() + 10ms));
    CHECK_FALSE(h.join_until(std::chrono::system_clock::now() - 1h));
    CHECK_FALSE(h.status());
    CHECK(h.alive());
    h.kill();
    const auto how = h.join_for(std::chrono::hours::max());
    REQUIRE(how);
    CHECK(how->signal() == SIGKILL);
}

TEST_CASE("a handle knows its child's number, name and descriptor") {
    auto h = process::spawn({.name = "a name of more than fifteen bytes"}, support::sleep_for_good);
    CHECK(h.name() == "a name of more than fifteen bytes");
    CHECK(h.id() > 0);
    CHECK(h.id() == h.native_id());
    CHECK(support::state_of_process(h.id()) != '-');
    pollfd ended{h.native_handle(), POLLIN, 0};
    CHECK(::poll(&ended, 1, 0) == 0);
    CHECK((::fcntl(h.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
    h.kill();
    CHECK(::poll(&ended, 1, 15'000) == 1);
    CHECK(h.join().signal() == SIGKILL);
}

TEST_CASE("a stop request ends a function that takes no token, and tells one that does") {
    auto plain = sleeper();
    plain.request_stop();
    CHECK(plain.join().signal() == SIGTERM);
    const flag told{0};
    auto asked = willing(told);
    asked.request_stop(); // before it has begun, perhaps
    CHECK(asked.join().success());
    CHECK(*told == 1);
}

TEST_CASE("any signal can be sent, and none arrives after the end") {
    auto h = sleeper();
    CHECK(h.send_signal(0));
    CHECK(h.send_signal(SIGSTOP));
    CHECK(support::eventually([&] { return support::state_of_process(h.id()) == 'T'; }));
    CHECK_FALSE(h.status());
    CHECK_FALSE(h.join_for(10ms)); // stopped is not ended
    CHECK(h.send_signal(SIGCONT));
    CHECK(h.send_signal(SIGUSR1));
    CHECK(h.join().signal() == SIGUSR1);
    CHECK_FALSE(h.send_signal(SIGUSR1));
    CHECK_FALSE(h.send_signal(0));
    h.request_stop();
    h.kill();
    CHECK(h.join().signal() == SIGUSR1);
}

TEST_CASE("a signal that does not exist is refused") {
    auto h = sleeper();
    CHECK_THROWS_AS(h.send_signal(4711), std::system_error);
    CHECK_THROWS_AS(h.send_signal(-1), std::system_error);
    h.kill();
}

TEST_CASE("leaving the scope waits for the child") {
    const flag ended{0};
    {
        const auto h = process::spawn([ended] {
            std::this_thread::sleep_for(50ms);
            *ended = 1;
        });
    }
    CHECK(*ended == 1);
}

TEST_CASE("leaving the scope asks a function that takes a token to stop") {
    const flag told{0};
    { const auto h = willing(told); }
    CHECK(*told == 1);
}

TEST_CASE("an exception that leaves the scope asks any child to stop") {
    const auto fail = [] {
        const auto h = sleeper();
        throw std::runtime_error("leaving");
    };
    CHECK_THROWS_AS(fail(), std::runtime_error);
}

TEST_CASE("only an exception that came after the handle asks for a stop") {
    const flag ended{0};
    struct in_destructor {
        flag ended;
        ~in_destructor() { // an exception is in flight, but it does not leave this scope
            const auto h = process::spawn([ended = ended] {
                std::this_thread::sleep_for(50ms);
                *ended = 1;
            });
        }
    };
    try {
        const in_destructor works{ended};
        throw std::runtime_error("leaving");
    } catch (const std::runtime_error&) {
        CHECK(*ended == 1);
    }
}

TEST_CASE("a handle that is given another child ends its own first") {
    const flag told{0};
    auto h = willing(told);
    h = process::spawn([] {});
    CHECK(*told == 1);
    CHECK(h.join().success());
    auto& same = h;
    h = std::move(same);
    CHECK(h.join().success());
}

TEST_CASE("using a handle that was moved from is an error, and destroying it is none") {
    auto first = process::spawn([] {});
    auto second = std::move(first);
    CHECK_THROWS_AS(first.join(), std::logic_error);
    CHECK_THROWS_AS(first.id(), std::logic_error);
    CHECK_THROWS_AS(first.name(), std::logic_error);
    CHECK_THROWS_AS(first.status(), std::logic_error);
    CHECK_THROWS_AS(first.kill(), std::logic_error);
    CHECK_THROWS_WITH(first.request_stop(), "process::handle: it was moved from");
    CHECK(second.join().success());
}

TEST_CASE("two threads and more may join the same child") {
    auto h = sleeper();
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const auto how = i % 2 == 0 ? h.join() : h.join_for(15s).value_or(exit_status());
            if (how.signal() == SIGTERM) ++right;
        });
    }
    std::this_thread::sleep_for(10ms);
    h.request_stop();
    for (auto& t : threads) t.join();
    CHECK(right == 4);
}

TEST_CASE("threads may ask, signal and join at once") {
    for (int round = 0; round < 20; ++round) {
        auto h = sleeper();
        std::thread asks([&] {
            while (!h.done()) std::this_thread::yield();
        });
        std::thread signals_it([&] {
            while (h.send_signal(SIGUSR1)) std::this_thread::yield();
        });
        REQUIRE(h.join().signal() == SIGUSR1);
        asks.join();
        signals_it.join();
    }
}

TEST_CASE("a thread that is asked to stop leaves its join, and the child lives on") {
    auto h = sleeper();
    std::atomic<bool> left{false};
    {
        auto t = thread::spawn([&](const std::stop_token&) {
            try {
                h.join();
            } catch (const braid::stopped&) {
                left = true;
            }
        });
        CHECK_FALSE(t.join_for(20ms));
        t.request_stop();
        t.join();
    }
    CHECK(left);
    CHECK(h.alive());
    h.kill();
}

TEST_CASE("a join that need not wait is no stop point, nor is one under no_stop") {
    auto ended = process::spawn([] {});
    ended.join();
    auto runs = process::spawn([] { std::this_thread::sleep_for(100ms); });
    std::atomic<int> good{0};
    auto t = thread::spawn([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        if (ended.join().success()) ++good;
        const braid::no_stop guard;
        if (runs.join().success()) ++good;
    });
    t.request_stop();
    t.join();
    CHECK(good == 2);
}

TEST_CASE("a signal handler may run during a join, and the join goes on") {
    const auto child = support::run_in_child([] {
        static volatile std::sig_atomic_t handled = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { handled = handled + 1; };
        ::sigaction(SIGUSR1, &action, nullptr); // without SA_RESTART
        const pid_t me = ::getpid();
        auto h = process::spawn([me] {
            for (int i = 0; i < 20; ++i) {
                ::kill(me, SIGUSR1);
                std::this_thread::sleep_for(1ms);
            }
        });
        demand(h.join().success(), "the join saw no EINTR");
        demand(handled > 0, "the handler ran");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("in a forked copy a handle neither joins nor kills, and says so when used") {
    const flag ready{0};
    auto h = process::spawn([ready] {
        *ready = 1;
        support::sleep_for_good();
    });
    const auto child = support::run_in_child([&] {
        const auto is_refused = [](auto use) {
            try {
                use();
            } catch (const std::logic_error& e) {
                return std::string(e.what()).find("forked from") != std::string::npos;
            }
            return false;
        };
        demand(is_refused([&] { h.join(); }), "join");
        demand(is_refused([&] { static_cast<void>(h.join_for(0s)); }), "join_for");
        demand(is_refused([&] { static_cast<void>(h.status()); }), "status");
        demand(is_refused([&] { h.kill(); }), "kill");
        demand(is_refused([&] { h.request_stop(); }), "request_stop");
        demand(is_refused([&] { static_cast<void>(h.id()); }), "id");
        { const auto copy = std::move(h); } // neither waits nor kills
        try {
            auto another = process::fork();
            if (!another) ::_exit(0);
            demand(another->join().success(), "its own child is its own");
        } catch (...) {
            demand(false, "no exception");
        }
    });
    CHECK(child.trouble() == "");
    CHECK(h.alive());
    h.kill();
    CHECK(h.join().signal() == SIGKILL);
}

TEST_CASE("with SIGCHLD ignored a child's status is unknown, and nothing hangs") {
    const auto child = support::run_in_child([] {
        ::signal(SIGCHLD, SIG_IGN);
        for (int i = 0; i < 50; ++i) {
            auto h = process::spawn([] {});
            const auto how = h.join();
            demand(!how.known() && !how.success(), "nobody knows how it ended");
            demand(!h.send_signal(SIGTERM), "it has ended");
        }
        auto h = sleeper();
        demand(!h.done(), "it runs");
        h.kill();
        demand(!h.join().known(), "nobody knows");
        demand(!support::has_children(), "none is left");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("when somebody else has taken a child's status it is unknown, and nothing hangs") {
    const auto child = support::run_in_child([] {
        auto h = process::spawn([] {});
        demand(::waitpid(-1, nullptr, 0) == h.id(), "the foreign wait took it");
        demand(!h.join().known(), "unknown");
        demand(h.done(), "but it has ended");
        demand(!h.send_signal(SIGTERM), "no signal reaches another process");
        auto waits = sleeper();
        std::thread thief([id = waits.id()] { ::waitpid(id, nullptr, 0); });
        waits.kill();
        const auto how = waits.join();
        demand(!how.known() || how.signal() == SIGKILL, "either was faster");
        thief.join();
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("the user's own children are the user's: their status is not taken") {
    const auto child = support::run_in_child([] {
        const pid_t mine = ::fork();
        if (mine == 0) ::_exit(7);
        for (int i = 0; i < 5; ++i) {
            auto h = process::spawn([] {});
            demand(h.join().success(), "the library's own");
        }
        int status = 0;
        demand(::waitpid(mine, &status, 0) == mine, "it is still there");
        demand(WIFEXITED(status) && WEXITSTATUS(status) == 7, "and its status too");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a child that may no longer be signalled is waited for") {
    const auto child = support::run_in_child([] {
        if (::geteuid() != 0) return;
        int ends[2];
        demand(::pipe(ends) == 0, "pipe");
        const auto end_it = [&] { demand(::write(ends[1], "x", 1) == 1, "write"); };
        std::optional<process::handle> h = process::spawn([&](const std::stop_token& stop) {
            char byte = 0;
            const auto count = ::read(ends[0], &byte, 1);
            if (count != 1 || stop.stop_requested()) ::_exit(1);
        });
        if (::setresuid(65534, 65534, 65534) != 0) { // no such user in this namespace
            end_it();
            return;
        }
        std::thread later([&] {
            std::this_thread::sleep_for(20ms);
            end_it();
        });
        h.reset(); // its stop request is refused
        later.join();
    });
    CHECK(child.trouble() == "");
}
