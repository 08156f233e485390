// SPDX-License-Identifier: MIT

#include <braid/os/thread.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

namespace os = braid::detail::os;
using braid::detail::core::deadline;
using namespace std::chrono_literals;

namespace {

/// Starts `f()`, which must live until the thread has ended.
template <class F> os::thread start(F& f, const os::thread_start& how = {}) {
    const auto entry = [](void* argument) -> void* {
        (*static_cast<F*>(argument))();
        return nullptr;
    };
    return {entry, &f, how};
}

template <class F> void run(F f, const os::thread_start& how = {}) {
    os::thread thread = start(f, how);
    CHECK(thread.join_until(deadline::never()));
}

std::size_t stack_size() {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    std::size_t size = 0;
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
    return size;
}

/// What is said when a thread is refused; nothing if it is not.
std::string refusal(const os::thread_start& how, int& number) {
    try {
        auto nothing = [] {};
        os::thread thread = start(nothing, how);
        static_cast<void>(thread.join_until(deadline::never()));
    } catch (const std::system_error& e) {
        number = e.code().value();
        return e.what();
    }
    return "";
}

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

} // namespace

TEST_CASE("a thread runs its function with its argument, on a thread of its own") {
    const int mine = os::thread_number();
    int its = 0;
    bool main = true;
    run([&] {
        its = os::thread_number();
        main = os::is_main_thread();
    });
    CHECK(its != 0);
    CHECK(its != mine);
    CHECK_FALSE(main);
    CHECK(os::is_main_thread());
    CHECK(mine == ::getpid());
}

TEST_CASE("the one thread of a forked child is its main thread") {
    run([] {
        const auto child = support::run_in_child([] {
            support::demand(os::is_main_thread(), "there is no other");
            support::demand(os::thread_number() == ::getpid(), "its number is the process's");
        });
        CHECK(child.trouble() == "");
    });
}

TEST_CASE("a thread knows itself") {
    bool there = false;
    const os::thread* self = nullptr;
    std::atomic<bool> known{false};
    auto look = [&] {
        while (!known) ::sched_yield();
        there = self->is_current();
    };
    os::thread thread = start(look);
    self = &thread;
    known = true;
    CHECK_FALSE(thread.is_current());
    CHECK(thread.join_until(deadline::never()));
    CHECK(there);
}

TEST_CASE("a join gives up at its deadline, and succeeds later") {
    std::atomic<bool> go{false};
    int written = 0;
    auto wait = [&] {
        while (!go) ::usleep(1000);
        written = 1;
    };
    os::thread thread = start(wait);
    CHECK_FALSE(thread.join_until(deadline::passed()));
    const auto until = deadline::after(20ms);
    CHECK_FALSE(thread.join_until(until));
    CHECK(until.has_passed());
    go = true;
    CHECK(thread.join_until(deadline::after(30s)));
    CHECK(written == 1);
}

TEST_CASE("a thread that has ended is joined even if the deadline has passed") {
    auto nothing = [] {};
    os::thread thread = start(nothing);
    const auto until = deadline::after(30s);
    bool joined = false;
    while (!joined && !until.has_passed()) joined = thread.join_until(deadline::passed());
    CHECK(joined);
}

TEST_CASE("a join waits for the destructors of thread-local objects too") {
    static std::atomic<bool> destroyed{false};
    struct slow {
        bool used = false;
        ~slow() {
            ::usleep(20'000);
            destroyed = true;
        }
    };
    for (const auto until : {deadline::never(), deadline::after(1h)}) {
        destroyed = false;
        auto use = [] {
            static thread_local slow object;
            object.used = true;
        };
        os::thread thread = start(use);
        CHECK(thread.join_until(until));
        CHECK(destroyed);
    }
}

TEST_CASE("a detached thread runs on") {
    static std::atomic<bool> ran{false};
    static auto body = [] { ran = true; };
    start(body).detach();
    while (!ran) ::usleep(1000);
    SUCCEED();
}

TEST_CASE("a thread has the stack that was asked for, or the system's") {
    std::size_t size = 0;
    constexpr std::size_t small = 512 << 10;
    const auto look = [&] { size = stack_size(); };
    run(look, {.stack_size = small});
    CHECK(size >= small);
    CHECK(size < 4 << 20);
    run(look, {.stack_size = 64 << 20});
    CHECK(size >= 64 << 20);
    run(
        [] { // and may use it
            volatile char large[1 << 20];
            large[0] = 1;
            CHECK(large[0] == 1);
        },
        {.stack_size = 4 << 20});
    run(look);
    CHECK(size > 0);
}

TEST_CASE("a stack that is too small is refused, with the least that is not") {
    int number = 0;
    const auto text = refusal({.stack_size = 100}, number);
    CHECK(begins(text, "a thread's stack of 100 bytes (at least "));
    CHECK(number == EINVAL);
}

TEST_CASE("a thread that there is no memory for is refused") {
    int number = 0;
    const auto text = refusal({.stack_size = std::size_t{1} << 47}, number);
    CHECK(begins(text, "starting a thread"));
    CHECK(number == EAGAIN);
}

TEST_CASE("a thread runs on the processors that were given, from its start") {
    const auto allowed = os::allowed_cpus();
    int index = 0;
    while (!allowed.contains(index)) ++index;
    os::cpu_set one;
    one.add(index);
    std::string there;
    int on = -1;
    run(
        [&] {
            on = ::sched_getcpu();
            there = os::allowed_cpus().to_string();
        },
        {.cpus = &one});
    CHECK(on == index);
    CHECK(there == one.to_string());
    CHECK(os::allowed_cpus().to_string() == allowed.to_string());
}

TEST_CASE("a processor that is not there is refused, and named") {
    os::cpu_set far;
    far.add(60'000);
    int number = 0;
    const auto text = refusal({.cpus = &far}, number);
    CHECK(text.find("{60000}") != std::string::npos);
    CHECK(number == EINVAL);
    const os::cpu_set none;
    const auto empty = refusal({.cpus = &none}, number);
    CHECK(empty.find("{}") != std::string::npos);
}

TEST_CASE("a thread's name is cut at 15 bytes, and the kernel shows it") {
    run([] {
        os::set_thread_name("short");
        CHECK(os::thread_name() == "short");
        std::string shown;
        std::getline(
            std::ifstream("/proc/self/task/" + std::to_string(os::thread_number()) + "/comm"),
            shown);
        CHECK(shown == "short");
        os::set_thread_name("exactly fifteen");
        CHECK(os::thread_name() == "exactly fifteen");
        os::set_thread_name("sixteen and more bytes");
        CHECK(os::thread_name() == "sixteen and mor");
        os::set_thread_name(std::string(10'000, 'x'));
        CHECK(os::thread_name() == std::string(15, 'x'));
        os::set_thread_name("");
        CHECK(os::thread_name().empty());
    });
}

TEST_CASE("a name is the thread's own") {
    const auto mine = os::thread_name();
    run([] { os::set_thread_name("another"); });
    CHECK(os::thread_name() == mine);
}
