// SPDX-License-Identifier: MIT

#include <braid/os/futex.hpp>
#include <braid/os/mapping.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/interruptions.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <new>
#include <string>
#include <thread>

#include <sys/wait.h>

namespace core = braid::detail::core;
namespace os = braid::detail::os;
using core::deadline;
using os::futex_result;
using os::futex_scope;
using os::futex_wait;
using os::futex_wake;
using os::futex_word;
using namespace std::chrono_literals;

namespace {

/// Whether thread `id` of this process sleeps in the kernel, and goes on doing so.
bool sleeps(int id) {
    for (int look = 0; look < 5; ++look) {
        std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
        std::string text;
        std::getline(file, text);
        if (text.substr(text.rfind(')') + 2, 1) != "S") return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

/// A thread that sleeps on a word once, and knows why it woke.
class sleeper {
public:
    sleeper(const futex_word& word, futex_scope scope, deadline until = deadline::never())
        : thread_([this, &word, scope, until] {
              id_.store(static_cast<int>(::syscall(SYS_gettid)), core::seq_cst);
              result_.store(futex_wait(word, 0, until, scope), core::seq_cst);
              awake_.store(true, core::seq_cst);
          }) {
        while (id_.load(core::seq_cst) == 0 || !sleeps(id_.load(core::seq_cst)))
            std::this_thread::yield();
    }
    ~sleeper() { thread_.join(); }
    bool awake() const { return awake_.load(core::seq_cst); }
    futex_result result() const {
        while (!awake()) std::this_thread::yield();
        return result_.load(core::seq_cst);
    }

private:
    core::atomic<int> id_{0};
    core::atomic<bool> awake_{false};
    core::atomic<futex_result> result_{futex_result::changed};
    std::thread thread_;
};

void wait_until_awake(const sleeper& s) {
    while (!s.awake()) std::this_thread::yield();
}

constexpr futex_scope scopes[] = {futex_scope::in_process, futex_scope::shared};

} // namespace

TEST_CASE("nobody sleeps on a word that does not hold the expected value") {
    const futex_word word{1};
    for (const auto scope : scopes) {
        CHECK(futex_wait(word, 0, deadline::never(), scope) == futex_result::changed);
        CHECK(futex_wait(word, 0, deadline::passed(), scope) == futex_result::changed);
        CHECK(futex_wait(word, 0xffff'ffff, deadline::after(1h), scope) == futex_result::changed);
    }
}

TEST_CASE("a sleep ends at its deadline, not before") {
    const futex_word word{0xffff'ffff};
    for (const auto scope : scopes) {
        const auto until = deadline::after(20ms);
        CHECK(futex_wait(word, 0xffff'ffff, until, scope) == futex_result::timed_out);
        CHECK(until.has_passed());
        const auto passed = deadline::passed();
        CHECK(futex_wait(word, 0xffff'ffff, passed, scope) == futex_result::timed_out);
    }
}

TEST_CASE("a sleeper is woken, with any deadline") {
    for (const auto scope : scopes) {
        for (const auto until : {deadline::never(), deadline::after(std::chrono::hours(1)),
                                 deadline::after(std::chrono::years(250))}) {
            const futex_word word{0};
            const sleeper one(word, scope, until);
            CHECK(futex_wake(word, 1, scope) == 1);
            CHECK(one.result() == futex_result::woken);
        }
    }
}

TEST_CASE("to wake says how many slept") {
    if (core::thread_sanitizer) {
        WARN("left out: under ThreadSanitizer each sleep is cut to 20 ms, and so none lasts");
        return;
    }
    const futex_word word{0};
    for (const auto scope : scopes) {
        CHECK(futex_wake(word, 1, scope) == 0);
        CHECK(futex_wake(word, os::wake_all, scope) == 0);
        {
            const sleeper one(word, scope), two(word, scope), three(word, scope);
            CHECK(futex_wake(word, 2, scope) == 2);
            CHECK(futex_wake(word, os::wake_all, scope) == 1);
        }
        {
            const sleeper one(word, scope), two(word, scope);
            CHECK(futex_wake(word, os::wake_all, scope) == 2);
        }
    }
}

TEST_CASE("those that came first are woken first") {
    if (core::thread_sanitizer) {
        WARN("left out: under ThreadSanitizer each sleep is cut to 20 ms, and so none lasts");
        return;
    }
    const futex_word word{0};
    for (const auto scope : scopes) {
        const sleeper one(word, scope), two(word, scope), three(word, scope);
        CHECK(futex_wake(word, 1, scope) == 1);
        wait_until_awake(one);
        CHECK_FALSE(two.awake());
        CHECK(futex_wake(word, 1, scope) == 1);
        wait_until_awake(two);
        CHECK_FALSE(three.awake());
        CHECK(futex_wake(word, 1, scope) == 1);
    }
}

TEST_CASE("a shared word wakes a sleeper in another process") {
    const auto memory = os::mapping::shared(4096);
    const auto* const word = new (memory.data()) futex_word{0};
    const pid_t id = ::fork();
    if (id == 0) {
        const auto end = deadline::after(10s);
        ::_exit(futex_wait(*word, 0, end, futex_scope::shared) == futex_result::woken ? 0 : 1);
    }
    const auto until = deadline::after(10s);
    while (futex_wake(*word, 1, futex_scope::shared) == 0 && !until.has_passed())
        std::this_thread::yield();
    int status = -1;
    ::waitpid(id, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("a signal handler ends a sleep as woken, without reason") {
    const auto child = support::run_in_child([] {
        const futex_word word{0};
        const support::interruptions often;
        for (const auto scope : scopes) {
            support::demand(futex_wait(word, 0, deadline::never(), scope) == futex_result::woken,
                            "woken, without deadline");
            support::demand(futex_wait(word, 0, deadline::after(1h), scope) == futex_result::woken,
                            "woken, with a deadline");
        }
        // A loop around it keeps the deadline.
        const auto until = deadline::after(50ms);
        while (futex_wait(word, 0, until, futex_scope::in_process) != futex_result::timed_out) {
        }
        support::demand(until.has_passed(), "it slept to the end");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("to wake a word whose memory is gone wakes nobody") {
    auto memory = os::mapping::shared(4096);
    const auto* const word = new (memory.data()) futex_word{0};
    memory = {};
    CHECK(futex_wake(*word, os::wake_all, futex_scope::shared) == 0);
    CHECK(futex_wake(*word, os::wake_all, futex_scope::in_process) == 0);
}

TEST_CASE("to sleep on a word whose memory is gone is a fault that is told") {
    const auto child = support::run_in_child([] {
        auto memory = os::mapping::shared(4096);
        const auto* const word = new (memory.data()) futex_word{0};
        memory = {};
        static_cast<void>(futex_wait(*word, 0, deadline::never(), futex_scope::shared));
    });
    CHECK(child.killed_by(SIGABRT));
    CHECK(child.err.find("futex wait refused") != std::string::npos);
}
