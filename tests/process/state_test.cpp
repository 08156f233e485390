// SPDX-License-Identifier: MIT

#include <braid/os/fork.hpp>
#include <braid/os/mapping.hpp>
#include <braid/os/thread.hpp>
#include <braid/process/state.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/eventually.hpp>
#include <support/processes.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
namespace core = braid::detail::core;
namespace os = braid::detail::os;
using braid::detail::process::state;
using support::demand;

namespace {

template <class F> std::unique_ptr<state> start(F f) {
    os::forked forked = os::fork_process();
    if (forked.id == 0) {
        f();
        os::leave_at_once(0);
    }
    auto made = std::make_unique<state>("child", false);
    made->begin(std::move(forked));
    return made;
}

/// The state of a child whose status somebody took before a descriptor could be had.
std::unique_ptr<state> gone() {
    auto made = std::make_unique<state>("gone", false);
    made->begin({4711, os::pidfd()});
    return made;
}

} // namespace

TEST_CASE("the status is taken from the kernel once, and can be asked for ever after") {
    const auto child = start([] { os::leave_at_once(9); });
    const auto how = child->join_until(core::deadline::never());
    REQUIRE(how);
    CHECK(how->code() == 9);
    CHECK(child->poll() == how);
    CHECK(child->join_until(core::deadline::passed()) == how);
    CHECK(::waitpid(child->id(), nullptr, WNOHANG) == -1); // no zombie
}

TEST_CASE("asking does not wait") {
    const auto child = start(support::sleep_for_good);
    CHECK_FALSE(child->poll());
    CHECK_FALSE(child->join_until(core::deadline::passed()));
    CHECK(child->send_signal(SIGKILL));
    CHECK(child->join_until(core::deadline::never())->signal() == SIGKILL);
    CHECK_FALSE(child->send_signal(SIGKILL));
}

TEST_CASE("a child without a descriptor has ended, nobody knows how") {
    const auto child = gone();
    CHECK(child->native_handle() == -1);
    CHECK_FALSE(child->send_signal(SIGKILL)); // and 4711 may be anybody
    const auto how = child->poll();
    REQUIRE(how);
    CHECK_FALSE(how->known());
    CHECK(child->join_until(core::deadline::never()) == how);
}

TEST_CASE("a core dump is told of") {
    const auto child = start([] { ::raise(SIGKILL); });
    const auto how = child->join_until(core::deadline::never());
    CHECK(how->signal() == SIGKILL);
    CHECK_FALSE(how->core_dumped());
}

TEST_CASE("many threads that join take the status together") {
    for (int round = 0; round < 20; ++round) {
        const auto child = start([] {});
        std::atomic<int> right{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                const auto how = child->join_until(core::deadline::never());
                if (how && how->success()) ++right;
            });
        }
        for (auto& t : threads) t.join();
        REQUIRE(right == 4);
    }
}

TEST_CASE("what a child wrote before its end is visible to who sees it done") {
    // Two words of shared memory, without an atomic between them and the reader.
    const auto memory = os::mapping::shared(64);
    auto* const words = reinterpret_cast<long*>(memory.data());
    for (long round = 1; round <= 50; ++round) {
        const auto child = start([&] {
            words[0] = round;
            words[1] = round * round;
        });
        while (!child->poll()) std::this_thread::yield();
        REQUIRE(words[0] == round);
        REQUIRE(words[1] == round * round);
    }
}

TEST_CASE("no signal is sent to one that has ended, whether or not its status was asked for") {
    const auto child = start([] {});
    CHECK(os::wait_readable(child->native_handle(), core::deadline::never()));
    CHECK_FALSE(child->send_signal(0));
    CHECK(child->poll()->success());
}

TEST_CASE("a state belongs to the process that made it") {
    const auto child = start([] {});
    CHECK(child->is_of_this_process());
    const auto copy = support::run_in_child(
        [&] { demand(!child->is_of_this_process(), "not to a copy of that process"); });
    CHECK(copy.trouble() == "");
    CHECK(child->join_until(core::deadline::never())->success());
}

TEST_CASE("joining opens no descriptor where nobody can ask for a stop") {
    const auto child = start(support::sleep_for_good);
    const auto before = support::open_descriptors();
    std::atomic<int> number{0};
    std::thread joins([&] {
        number = os::thread_number();
        static_cast<void>(child->join_until(core::deadline::never()));
    });
    CHECK(support::eventually([&] { return number != 0 && support::is_asleep(number); }));
    CHECK(support::open_descriptors() == before);
    child->send_signal(SIGKILL);
    joins.join();
}
