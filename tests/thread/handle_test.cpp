// SPDX-License-Identifier: MIT

#include <braid/thread/handle.hpp>

#include <braid/exec/unhandled.hpp>
#include <braid/process/fork.hpp>
#include <braid/thread/current.hpp>
#include <braid/thread/spawn.hpp>
#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/eventually.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace thread = braid::thread;
using support::eventually;

static_assert(std::is_nothrow_move_constructible_v<thread::handle>);
static_assert(std::is_move_assignable_v<thread::handle>);
static_assert(!std::is_copy_constructible_v<thread::handle>);
static_assert(!std::is_default_constructible_v<thread::handle>);

namespace {

/// Holds back threads until it is opened.
class gate {
public:
    void open() { open_ = true; }
    /// No stop point.
    void pass() const {
        while (!open_) std::this_thread::sleep_for(100us);
    }

private:
    std::atomic<bool> open_{false};
};

/// What the hook was told, for a scope.
class hook_notes {
public:
    hook_notes()
        : before_(braid::set_unhandled_hook([this](const braid::unhandled& what) {
              const std::scoped_lock hold(lock_);
              notes_.push_back(std::string(what.strand) + " " + std::string(what.name));
          })) {}
    hook_notes(const hook_notes&) = delete;
    hook_notes& operator=(const hook_notes&) = delete;
    ~hook_notes() { braid::set_unhandled_hook(before_); }

    std::vector<std::string> get() {
        const std::scoped_lock hold(lock_);
        return notes_;
    }

private:
    std::mutex lock_;
    std::vector<std::string> notes_;
    braid::unhandled_hook before_;
};

/// Every use of `h` throws std::logic_error.
bool is_of_no_use(thread::handle& h) {
    const auto throws = [](auto f) {
        try {
            f();
        } catch (const std::logic_error&) {
            return true;
        }
        return false;
    };
    return throws([&] { h.join(); }) && throws([&] { h.join_for(1ms); }) &&
           throws([&] { h.join_until(std::chrono::steady_clock::now()); }) &&
           throws([&] { static_cast<void>(h.done()); }) &&
           throws([&] { static_cast<void>(h.alive()); }) &&
           throws([&] { static_cast<void>(h.name()); }) &&
           throws([&] { static_cast<void>(h.id()); }) &&
           throws([&] { static_cast<void>(h.native_id()); }) &&
           throws([&] { static_cast<void>(h.exception()); }) && throws([&] { h.request_stop(); }) &&
           throws([&] { h.detach(); });
}

/// Waits until it is asked to stop, and notes that.
auto until_asked(std::atomic<bool>& asked) {
    return [&asked](const std::stop_token& token) {
        while (!token.stop_requested()) std::this_thread::yield();
        asked = true;
    };
}

} // namespace

TEST_CASE("what a thread did is visible after a join, and after it was seen done") {
    int data = 0;
    auto joined = thread::spawn([&] { data = 1; });
    joined.join();
    CHECK(data == 1);
    auto seen = thread::spawn([&] { data = 2; });
    while (!seen.done()) std::this_thread::yield();
    CHECK(data == 2);
}

TEST_CASE("a thread is alive until its function has ended, then it is done") {
    gate end;
    auto h = thread::spawn([&] { end.pass(); });
    CHECK(h.alive());
    CHECK_FALSE(h.done());
    end.open();
    h.join();
    CHECK(h.done());
    CHECK_FALSE(h.alive());
}

TEST_CASE("a thread may be joined again, and by several threads at once") {
    for (int round = 0; round < 50; ++round) {
        gate end;
        int data = 0;
        auto h = thread::spawn([&] {
            end.pass();
            data = 7;
        });
        std::atomic<int> right{0};
        std::vector<std::thread> joining;
        for (int i = 0; i < 4; ++i) {
            joining.emplace_back([&, i] {
                if (i % 2 == 0)
                    h.join();
                else if (!h.join_for(1h))
                    return;
                if (data == 7) ++right;
            });
        }
        end.open();
        for (auto& t : joining) t.join();
        REQUIRE(right == 4);
        h.join();
        REQUIRE(h.join_for(0s));
    }
}

TEST_CASE("a timed join says whether the thread has ended") {
    gate end;
    auto h = thread::spawn([&] { end.pass(); });
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(h.join_for(10ms));
    CHECK_FALSE(h.join_until(std::chrono::steady_clock::now() + 10ms));
    CHECK_FALSE(h.join_until(std::chrono::system_clock::now() + 10ms));
    CHECK(std::chrono::steady_clock::now() - begin >= 29ms);
    CHECK_FALSE(h.join_for(-1h));
    end.open();
    CHECK(h.join_for(std::chrono::hours::max()));
    CHECK(h.join_until(std::chrono::system_clock::time_point::max()));
    CHECK(h.join_until(std::chrono::steady_clock::now() - 1h));
}

TEST_CASE("a handle knows the thread's name and numbers, before and after its end") {
    std::atomic<int> native{0};
    std::uint64_t id = 0;
    auto h = thread::spawn({.name = "numbered"}, [&] {
        id = thread::id();
        native = braid::detail::os::thread_number();
    });
    CHECK(h.name() == "numbered");
    CHECK(h.native_id() > 0);
    h.join();
    CHECK(h.native_id() == native);
    CHECK(h.id() == id);
    CHECK(h.name() == "numbered");
}

TEST_CASE("an exception ends its thread alone: the hook is told, and the handle keeps it") {
    hook_notes told;
    gate end;
    auto h = thread::spawn({.name = "thrower"}, [&] {
        end.pass();
        throw std::out_of_range("beyond");
    });
    CHECK(h.exception() == nullptr);
    end.open();
    h.join();
    CHECK(told.get() == std::vector<std::string>{"thread thrower"});
    REQUIRE(h.exception() != nullptr);
    CHECK_THROWS_AS(std::rethrow_exception(h.exception()), std::out_of_range);
    auto fine = thread::spawn([] {});
    fine.join();
    CHECK(fine.exception() == nullptr);
}

TEST_CASE("without a hook the exception is told on stderr and the program goes on") {
    const auto child = support::run_in_child([] {
        thread::spawn({.name = "calc"}, [] { throw std::runtime_error("no such number"); }).join();
        return 5;
    });
    CHECK(child.exited_with(5));
    CHECK(child.err == "braid: exception in thread 'calc': std::runtime_error: no such number\n");
}

TEST_CASE("stopped ends a thread quietly: no hook, no exception kept") {
    hook_notes told;
    auto thrown = thread::spawn([] { throw braid::stopped(); });
    thrown.join();
    auto asleep = thread::spawn([] { thread::sleep_for(1h); });
    asleep.request_stop();
    asleep.join();
    CHECK(thrown.exception() == nullptr);
    CHECK(asleep.exception() == nullptr);
    CHECK(told.get().empty());
}

TEST_CASE("catch of std::exception does not swallow a stop") {
    std::atomic<bool> swallowed{false};
    auto h = thread::spawn([&] {
        try {
            thread::sleep_for(1h);
        } catch (const std::exception&) {
            swallowed = true;
        }
    });
    h.request_stop();
    h.join();
    CHECK_FALSE(swallowed);
}

TEST_CASE("a stop request is level-triggered: each later wait ends at once") {
    int ended = 0;
    auto h = thread::spawn([&] {
        for (int i = 0; i < 3; ++i) {
            try {
                thread::sleep_for(1h);
            } catch (const braid::stopped&) {
                ++ended;
            }
        }
    });
    h.request_stop();
    h.request_stop();
    h.join();
    CHECK(ended == 3);
}

TEST_CASE("a join is a stop point of the thread that waits") {
    gate end;
    auto slow = thread::spawn([&] { end.pass(); });
    std::atomic<bool> was_stopped{false};
    auto waits = thread::spawn([&] {
        try {
            slow.join();
        } catch (const braid::stopped&) {
            was_stopped = true;
        }
    });
    CHECK(eventually([&] { return support::is_asleep(waits.native_id()); }));
    waits.request_stop();
    waits.join();
    CHECK(was_stopped);
    CHECK(slow.alive());
    end.open();
}

TEST_CASE("leaving the scope waits for the thread and does not ask it to stop") {
    std::atomic<bool> asked{false};
    std::atomic<bool> ended{false};
    {
        auto h = thread::spawn([&] {
            std::this_thread::sleep_for(20ms);
            asked = thread::stop_requested();
            ended = true;
        });
    }
    CHECK(ended);
    CHECK_FALSE(asked);
}

TEST_CASE("leaving the scope asks a thread to stop whose function takes a token") {
    std::atomic<bool> asked{false};
    { auto h = thread::spawn(until_asked(asked)); }
    CHECK(asked);
}

TEST_CASE("an exception that leaves the scope asks the thread to stop") {
    std::atomic<bool> ended{false};
    CHECK_THROWS_AS(
        [&] {
            auto h = thread::spawn([&] {
                while (!thread::stop_requested()) std::this_thread::yield();
                ended = true;
            });
            throw std::runtime_error("on its way");
        }(),
        std::runtime_error);
    CHECK(ended);
}

TEST_CASE("an exception that was on its way when the handle was made asks nobody to stop") {
    std::atomic<bool> asked{true};
    struct works_at_its_end {
        std::atomic<bool>& asked;
        ~works_at_its_end() {
            auto h = thread::spawn([this] {
                std::this_thread::sleep_for(10ms);
                asked = thread::stop_requested();
            });
        }
    };
    CHECK_THROWS_AS(
        [&] {
            const works_at_its_end cleanup{asked};
            throw std::runtime_error("on its way");
        }(),
        std::runtime_error);
    CHECK_FALSE(asked);
}

TEST_CASE("leaving the scope in a thread that was asked to stop waits all the same") {
    gate end;
    std::atomic<bool> waited{false};
    auto outer = thread::spawn([&] {
        std::atomic<bool> ended{false};
        {
            auto inner = thread::spawn([&] {
                end.pass();
                ended = true;
            });
        }
        waited = ended.load();
    });
    CHECK(eventually([&] { return support::is_asleep(outer.native_id()); }));
    outer.request_stop();
    CHECK_FALSE(outer.join_for(20ms));
    end.open();
    outer.join();
    CHECK(waited);
}

TEST_CASE("a handle that was moved from is of no use, and says so") {
    gate end;
    auto h = thread::spawn([&] { end.pass(); });
    auto moved = std::move(h);
    CHECK(is_of_no_use(h));
    CHECK(moved.alive());
    end.open();
    moved.join();
}

TEST_CASE("moving into a handle ends the thread that it had") {
    std::atomic<bool> asked{false};
    std::atomic<bool> other_asked{false};
    auto h = thread::spawn({.name = "first"}, until_asked(asked));
    h = thread::spawn({.name = "second"}, until_asked(other_asked));
    CHECK(asked);
    CHECK_FALSE(other_asked);
    CHECK(h.name() == "second");
    auto& same = h;
    h = std::move(same);
    CHECK(h.name() == "second");
    CHECK_FALSE(other_asked);
}

TEST_CASE("handles live in containers") {
    std::atomic<int> ran{0};
    {
        std::vector<thread::handle> all;
        for (int i = 0; i < 10; ++i) all.push_back(thread::spawn([&] { ++ran; }));
        std::deque<thread::handle> others;
        others.push_back(std::move(all.back()));
        all.pop_back();
        for (auto& h : all) h.join();
        std::optional<thread::handle> maybe = thread::spawn([&] { ++ran; });
        maybe.reset();
        CHECK(ran >= 10);
    }
    CHECK(ran == 11);
}

TEST_CASE("a detached thread goes on alone, and its handle is empty") {
    gate end;
    std::atomic<bool> ended{false};
    {
        auto h = thread::spawn([&](const std::stop_token& token) {
            end.pass();
            ended = !token.stop_requested();
        });
        h.detach();
        CHECK(is_of_no_use(h));
    }
    CHECK_FALSE(ended);
    end.open();
    CHECK(eventually([&] { return ended.load(); }));
}

TEST_CASE("nobody waits for a daemon, but who wants to may") {
    gate end;
    std::atomic<bool> ended{false};
    {
        auto h = thread::spawn({.name = "daemon", .daemon = true}, [&](const std::stop_token&) {
            end.pass();
            ended = true;
        });
        CHECK(h.alive());
        CHECK_FALSE(h.join_for(5ms));
    }
    CHECK_FALSE(ended);
    end.open();
    CHECK(eventually([&] { return ended.load(); }));
    int data = 0;
    auto h = thread::spawn({.daemon = true}, [&] { data = 1; });
    h.join();
    CHECK(data == 1);
}

TEST_CASE("a daemon does not keep the program from ending") {
    const auto child = support::run_in_child([] {
        auto h = thread::spawn({.daemon = true}, [] { thread::sleep_for(1h); });
        return 3;
    });
    CHECK(child.exited_with(3));
}

TEST_CASE("a thread cannot join itself, and says so") {
    std::optional<thread::handle> h;
    gate ready;
    std::string text;
    bool timed_too = false;
    h = thread::spawn({.name = "narcissus"}, [&] {
        ready.pass();
        try {
            h->join();
        } catch (const std::logic_error& e) {
            text = e.what();
        }
        try {
            h->join_for(1ms);
        } catch (const std::logic_error&) {
            timed_too = true;
        }
    });
    ready.open();
    h->join();
    CHECK(text.find("'narcissus' cannot join itself") != std::string::npos);
    CHECK(timed_too);
}

TEST_CASE("a thread that destroys its own handle is left to itself") {
    std::optional<thread::handle> h;
    gate ready;
    std::atomic<bool> ended{false};
    h = thread::spawn([&](const std::stop_token&) {
        ready.pass();
        h.reset();
        ended = true;
    });
    ready.open();
    CHECK(eventually([&] { return ended.load(); }));
}

TEST_CASE("a thread-local object that owns its thread's handle leaves the thread to itself") {
    const auto child = support::run_in_child([] {
        static std::atomic<bool> over{false};
        struct owner {
            std::optional<thread::handle> mine;
            ~owner() {
                mine.reset();
                over = true;
            }
        };
        std::optional<thread::handle> h;
        gate ready;
        h = thread::spawn([&] {
            ready.pass();
            static thread_local owner local;
            local.mine = std::move(h);
        });
        ready.open();
        support::demand(eventually([] { return over.load(); }), "it ended");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("in a forked child a handle is of no use, says so, and its end does nothing") {
    gate end;
    auto h = thread::spawn({.name = "parents"}, [&](const std::stop_token&) { end.pass(); });
    auto child = braid::process::fork();
    if (!child) {
        int code = is_of_no_use(h) ? 0 : 1;
        try {
            h.join();
        } catch (const std::logic_error& e) {
            const std::string text = e.what();
            if (text.find("'parents' belongs to the parent process") == std::string::npos) code = 2;
        }
        { auto dropped = std::move(h); }
        if (!is_of_no_use(h)) code = 3;
        std::exit(code);
    }
    const auto how = child->join_for(20s);
    if (!how) child->kill();
    REQUIRE(how);
    CHECK(how->code() == 0);
    CHECK(h.alive());
    end.open();
    h.join();
}

TEST_CASE("a thread of a forked child is the child's") {
    auto child = braid::process::fork();
    if (!child) {
        int data = 0;
        auto h = thread::spawn([&] { data = 1; });
        h.join();
        std::exit(data == 1 ? 0 : 1);
    }
    CHECK(child->join().success());
}
