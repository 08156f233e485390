// SPDX-License-Identifier: MIT

#include <braid/thread/spawn.hpp>

#include <braid/os/cpu.hpp>
#include <braid/thread/current.hpp>
#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/tracked.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

#include <pthread.h>

using namespace std::chrono_literals;
namespace thread = braid::thread;
namespace os = braid::detail::os;
using test::tracked;

namespace {

/// What `f` throws says.
template <class E, class F> std::string text_of(F f) {
    try {
        f();
    } catch (const E& e) {
        return e.what();
    }
    return "it threw nothing of that type";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t own_stack_size() {
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return 0;
    std::size_t size = 0;
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
    return size;
}

int first_allowed_cpu() {
    const os::cpu_set all = os::allowed_cpus();
    int first = 0;
    while (!all.contains(first)) ++first;
    return first;
}

std::ptrdiff_t threads_of_this_process() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
}

struct account {
    int balance = 0;
    void pay(int amount) { balance += amount; }
    void wait(const std::stop_token& token) const {
        while (!token.stop_requested()) thread::yield();
    }
};

} // namespace

TEST_CASE("a thread runs a function with copies of its arguments") {
    std::string got;
    std::string given = "text";
    auto h = thread::spawn([&got](std::string text, int n) { got = text + std::to_string(n); },
                           given, 7);
    given = "changed";
    h.join();
    CHECK(got == "text7");
}

TEST_CASE("what a function returns is ignored") {
    thread::spawn([] { return 7; }).join();
    thread::spawn([] { return std::make_unique<int>(7); }).join();
}

TEST_CASE("a thread is given references, what only moves, and member functions") {
    int n = 1;
    thread::spawn([](int& to) { ++to; }, std::ref(n)).join();
    CHECK(n == 2);

    auto number = std::make_unique<int>(7);
    int got = 0;
    thread::spawn([&got](std::unique_ptr<int> p) { got = *p; }, std::move(number)).join();
    CHECK(got == 7);
    CHECK(number == nullptr);
    thread::spawn([&got, p = std::make_unique<int>(8)] { got = *p; }).join();
    CHECK(got == 8);

    account a;
    thread::spawn(&account::pay, &a, 2).join();
    thread::spawn({.name = "payer"}, &account::pay, std::ref(a), 3).join();
    CHECK(a.balance == 5);
}

TEST_CASE("a function that cannot be called without a stop token is given the thread's") {
    bool possible = false;
    int number = 0;
    thread::spawn(
        [&](std::stop_token token, int n) {
            possible = token.stop_possible();
            number = n;
        },
        7)
        .join();
    CHECK(possible);
    CHECK(number == 7);
    const account a;
    auto h = thread::spawn([&a](const std::stop_token& token) { a.wait(token); });
    h.request_stop();
    h.join();
}

TEST_CASE("a function that can be called without a token is not given one, nor asked to stop") {
    struct either {
        int* way;
        void operator()() const { *way = 1; }
        void operator()(const std::stop_token&) const { *way = 2; }
    };
    int way = 0;
    thread::spawn(either{&way}).join();
    CHECK(way == 1);
}

TEST_CASE("options are named, constant or written in braces") {
    std::string name;
    const auto note = [&] { name = thread::name(); };
    thread::options named;
    named.name = "named";
    thread::spawn(named, note).join();
    CHECK(name == "named");
    const thread::options constant{.name = "constant"};
    thread::spawn(constant, note).join();
    CHECK(name == "constant");
    thread::spawn({.name = "braces"}, note).join();
    CHECK(name == "braces");
    thread::spawn({}, note).join();
    CHECK(contains(name, "thread-"));
    thread::spawn(thread::options{.name = std::string("temporary")}, note).join();
    CHECK(name == "temporary");
}

TEST_CASE("the kernel knows a thread by the first 15 bytes of its name, the library by all") {
    std::atomic<bool> over{false};
    const std::string long_name = "0123456789abcdefghij";
    auto h = thread::spawn({.name = long_name}, [&] {
        while (!over) thread::sleep_for(100us);
    });
    CHECK(support::proc_of_thread(h.native_id(), "comm") == "0123456789abcde\n");
    CHECK(h.name() == long_name);
    over = true;
    h.join();
}

TEST_CASE("a thread without a name has one of its own") {
    std::string first;
    std::string second;
    auto a = thread::spawn([&] { first = thread::name(); });
    auto b = thread::spawn([&] { second = thread::name(); });
    a.join();
    b.join();
    CHECK(first == "thread-" + std::to_string(a.id()));
    CHECK(second == b.name());
    CHECK(first != second);
}

TEST_CASE("a thread has the stack that was asked for") {
    std::size_t size = 0;
    thread::spawn({.stack_size = 3 << 20}, [&] { size = own_stack_size(); }).join();
    CHECK(size >= std::size_t{3} << 20);
    thread::spawn({.stack_size = std::size_t{64} << 20}, [&] {
        volatile char deep[32 << 20];
        deep[0] = 1;
        size = own_stack_size() + static_cast<std::size_t>(deep[0]) - 1;
    }).join();
    CHECK(size >= std::size_t{64} << 20);
}

TEST_CASE("a thread runs on the processors that were asked for") {
    const int cpu = first_allowed_cpu();
    os::cpu_set seen;
    thread::spawn({.cpus = {cpu}}, [&] { seen = os::allowed_cpus(); }).join();
    CHECK(seen.count() == 1);
    CHECK(seen.contains(cpu));
    const std::vector<int> range{cpu};
    thread::spawn({.cpus = range}, [&] { seen = os::allowed_cpus(); }).join();
    CHECK(seen.to_string() == "{" + std::to_string(cpu) + "}");
    thread::spawn({}, [&] { seen = os::allowed_cpus(); }).join();
    CHECK(seen.to_string() == os::allowed_cpus().to_string());
}

TEST_CASE("what the system refuses is said in words, and nothing is started") {
    thread::spawn([] {}).join(); // a sanitizer starts a thread of its own with the first
    const auto threads = threads_of_this_process();
    const int alive = tracked::alive();
    std::atomic<bool> ran{false};
    const auto start = [&](const thread::options& how) {
        return text_of<std::system_error>([&] {
            auto h = thread::spawn(how, [&, kept = tracked()] { ran = kept.value() == 0; });
        });
    };
    CHECK(contains(start({.cpus = {4'000}}), "processors {4000}"));
    CHECK(contains(start({.cpus = {-1}}), "processor number -1"));
    CHECK(contains(start({.cpus = {1 << 30}}), "processor number 1073741824"));
    const std::string small = start({.stack_size = 1});
    CHECK(contains(small, "a thread's stack of 1 bytes"));
    CHECK(contains(small, "at least "));
    CHECK(contains(start({.stack_size = std::uint64_t{1} << 56}), "starting a thread"));
    CHECK_FALSE(ran);
    CHECK(tracked::alive() == alive);
    CHECK(threads_of_this_process() == threads);
}

TEST_CASE("a negative stack size is the caller's fault") {
    const std::string text =
        text_of<std::invalid_argument>([] { auto h = thread::spawn({.stack_size = -1}, [] {}); });
    CHECK(contains(text, "thread::options.stack_size"));
    CHECK(contains(text, "-1"));
}

TEST_CASE("an argument that cannot be copied now is refused to the caller") {
    struct fragile {
        fragile() = default;
        fragile(const fragile&) { throw std::runtime_error("does not copy"); }
    };
    const fragile f;
    bool ran = false;
    CHECK_THROWS_AS(thread::spawn([&](const fragile&) { ran = true; }, f), std::runtime_error);
    CHECK_FALSE(ran);
}

TEST_CASE("the function and its arguments are destroyed before a join returns") {
    const int alive = tracked::alive();
    const int faults = tracked::faults();
    for (int i = 0; i < 200; ++i) {
        auto h =
            thread::spawn([kept = tracked(1)](const tracked& a) { return a.value(); }, tracked(2));
        h.join();
        REQUIRE(tracked::alive() == alive);
    }
    auto h = thread::spawn([kept = tracked(1)] { throw braid::stopped(); });
    CHECK(support::eventually([&] { return h.done(); }));
    CHECK(tracked::alive() == alive); // not only after a join: done is told after that
    CHECK(tracked::faults() == faults);
}

TEST_CASE("thread-local objects are destroyed before a join returns") {
    static std::atomic<int> alive{0};
    struct counted {
        counted() { ++alive; }
        ~counted() {
            thread::yield();
            --alive;
        }
        void touch() const {}
    };
    for (int i = 0; i < 300; ++i) {
        auto h = thread::spawn([] {
            static thread_local counted local;
            local.touch();
        });
        if (i % 2 == 0)
            h.join();
        else
            REQUIRE(h.join_for(1h));
        REQUIRE(alive == 0);
    }
}
