// SPDX-License-Identifier: MIT

// The spellings that GCC 12 must get right inside a co_await expression. That compiler refuses
// braces there for std::initializer_list and std::vector parameters, and ends the life of some
// temporaries twice: aggregates that have a destructor, and closures with captures that have one.
// So options are trivially destructible aggregates whose lists are classes of their own, and what
// they view is copied at the call. Each case below awaits a stand-in with the parameters of the
// real function, and looks at what arrived; a tracked object tells of a life that ended twice.

#include <support/catch.hpp>
#include <support/stand_ins.hpp>
#include <support/tiny_task.hpp>
#include <support/tracked.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using stand_in::numbers;
using stand_in::said;
using stand_in::strings;
using test::task;
using test::tracked;
namespace process = braid::process;

namespace {

const std::string L(60, 'L'); // does not fit into a string object

/// A string that is not one, so that its life is followed.
class words {
public:
    explicit words(std::string s) : text_(std::move(s)) {}
    operator std::string_view() const {
        if (life_.value() != 0) return "dead";
        return text_;
    }

private:
    tracked life_;
    std::string text_;
};

std::string make() { return L + "made"; }
words make_words() { return words(L + "words"); }
task<std::string> later_string() {
    co_await test::pause();
    co_return L;
}

int square(int x) { return x * x; }
std::string twice(const std::string& s) { return s + s; }
int number_of(const tracked& t) { return t.value(); }

// ---- programs

task<bool> run_all_options() {
    const std::string text = L;
    const std::string f = "/tmp/" + L;
    auto s = co_await stand_in::run({"sort", "-n", f + "x"},
                                    {.input = text,
                                     .capture = true,
                                     .timeout = 2s,
                                     .check = true,
                                     .cwd = f,
                                     .env = {"A=" + L, "B=1"},
                                     .in = process::redirect::null,
                                     .out = process::redirect::file(f + "o"),
                                     .err = process::redirect::to_out,
                                     .pass_fds = {3, 4},
                                     .limits = {.memory = 64 << 20, .cpu_time = 2s},
                                     .umask = 022,
                                     .nice = 5,
                                     .cpus = {0, 1},
                                     .user = "nobody",
                                     .max_output = 1 << 20});
    co_return s.argv == strings{"sort", "-n", f + "x"} &&
        s.input == L&& s.capture&& s.timeout == 2s &&
        s.check&& s.cwd == f&& s.env == strings{"A=" + L, "B=1"} && s.out_path == f + "o" &&
        s.err == process::redirect::kind::to_out&& s.pass_fds == numbers{3, 4} &&
        s.memory == 64U << 20 && s.cpu_time == 2s && s.cpus == numbers{0, 1} &&
        s.user == "nobody" && s.max_output == 1U << 20;
}

task<bool> run_command_alone() {
    auto s = co_await stand_in::run({"true"});
    auto t = co_await stand_in::run("true");
    auto u = co_await stand_in::run({"echo", L});
    co_return s.argv == strings{"true"} && t.argv == s.argv&& u.argv == strings{"echo", L};
}

task<bool> run_no_options() {
    auto s = co_await stand_in::run({"true"}, {});
    co_return s.argv == strings{"true"} && s.input.empty();
}

task<bool> run_named() {
    const braid::command c{"a", L};
    const process::run_options o{.input = L, .cpus = {3}};
    auto s = co_await stand_in::run(c, o);
    co_return s.argv == strings{"a", L} && s.input == L&& s.cpus == numbers{3};
}

task<bool> run_ranges() {
    const strings v{"a", L};
    const numbers fds{3, 4};
    auto s = co_await stand_in::run(v, {.env = v, .pass_fds = fds, .cpus = std::views::iota(0, 3)});
    auto t = co_await stand_in::run(strings(2, L), {.env = strings(3, L)});
    co_return s.argv == v&& s.env == v&& s.pass_fds == fds&& s.cpus == numbers{0, 1, 2} &&
        t.argv == strings(2, L) && t.env == strings(3, L);
}

task<bool> run_temporaries() {
    auto s = co_await stand_in::run({"sort", make()}, {.input = L + "\n", .cwd = make()});
    auto t = co_await stand_in::run({"x"}, {.cwd = std::filesystem::path("/var") / L});
    co_return s.argv == strings{"sort", make()} && s.input == L + "\n" && s.cwd == make() &&
        t.cwd == "/var/" + L;
}

task<bool> run_tracked_temporaries() {
    auto s = co_await stand_in::run(
        {"sort", make_words()},
        {.input = make_words(), .cwd = make_words(), .env = {make_words(), make_words()}});
    const std::string w = L + "words";
    co_return s.argv == strings{"sort", w} && s.input == w&& s.cwd == w&& s.env == strings{w, w};
}

task<bool> run_env_only() {
    auto s = co_await stand_in::run({"env"}, {.env = braid::env_only("A=" + L, make_words())});
    co_return s.env_only&& s.env == strings{"A=" + L, L + "words"};
}

task<bool> run_awaits_inside() {
    auto s =
        co_await stand_in::run({"x", co_await later_string()}, {.input = co_await later_string()});
    co_return s.argv == strings{"x", L} && s.input == L;
}

task<bool> run_pipeline() {
    auto s = co_await stand_in::run(process::command{"cat", L} | process::command{"wc", make()},
                                    {.capture = true});
    auto t = co_await stand_in::run(process::command{"a"} | process::command{"b"} |
                                    process::command{"c", make_words()});
    co_return s.argv == strings{"cat", L, "wc", make()} &&
        s.capture&& t.argv == strings{"a", "b", "c", L + "words"};
}

task<bool> run_by_value() {
    auto s = co_await stand_in::run_by_value(
        {"a", make()}, {.input = make_words(), .env = {"A=" + L}, .limits = {.memory = 1L << 30}});
    co_return s.argv == strings{"a", make()} && s.input == L + "words" && s.memory == 1U << 30 &&
        s.env == strings{"A=" + L};
}

task<bool> run_in_coroutine() {
    auto s = co_await stand_in::run_in_coroutine(
        {"a", make_words()}, {.input = make_words(), .env = {"A=" + L}, .pass_fds = {3}});
    co_return s.argv == strings{"a", L + "words"} && s.input == L + "words" &&
        s.env == strings{"A=" + L} && s.pass_fds == numbers{3};
}

task<bool> run_member_of_result() {
    const std::string input = (co_await stand_in::run({"a", L}, {.input = L + "!"})).input;
    std::vector<said> all;
    all.push_back(co_await stand_in::run({"a", L}, {.input = L}));
    all.push_back(co_await stand_in::run({"b"}, {.input = make_words()}));
    co_return input == L + "!" && all[0].argv == strings{"a", L} && all[1].input == L + "words";
}

task<said> forwarded() {
    co_return co_await stand_in::run({"a", L}, {.input = make_words(), .env = {"A=" + L}});
}
task<bool> run_returned() {
    auto s = co_await forwarded();
    co_return s.input == L + "words" && s.env == strings{"A=" + L};
}

task<bool> run_in_loop() {
    std::size_t n = 0;
    for (int i = 0; i < 3; ++i) {
        auto s = co_await stand_in::run({"a", std::to_string(i) + L}, {.env = {"A=" + L}});
        n += s.argv[1].size();
    }
    co_return n == 183;
}

task<bool> run_failing() {
    bool caught = false;
    try {
        const int many = -1;
        auto s = co_await stand_in::run(
            {"a", make_words()}, {.input = make_words(), .env = {"A=" + L}, .max_output = many});
        caught = s.argv.empty();
    } catch (const std::invalid_argument&) {
        caught = true;
    }
    co_return caught;
}

task<bool> popen_and_communicate() {
    stand_in::popen p({"bc", "-q"}, {.env = {"A=" + L}, .in = process::redirect::pipe});
    stand_in::popen q(process::command{"a"} | process::command{"b"});
    auto out = co_await p.communicate(L + "x", 1s);
    auto all = co_await p.communicate(make_words());
    auto temporary = co_await stand_in::popen({"bc", make()}, {.cwd = make()}).communicate(make());
    co_return p.argv() == strings{"bc", "-q"} && out == L + "x!" && all == L + "words" &&
        temporary == make() && q.argv() == strings{"a", "b"};
}

// ---- strands

task<bool> spawn_with_options() {
    auto [s, r] = co_await stand_in::process::spawn({.name = "calc-0" + L,
                                                     .daemon = true,
                                                     .start = process::start_method::fork,
                                                     .limits = {.memory = 1 << 20, .cpu_time = 1s},
                                                     .cpus = {0, 1}},
                                                    twice, L + "x")
                      .join();
    co_return s.name == "calc-0" + L&& s.daemon&& s.memory == 1U << 20 && s.cpu_time == 1s &&
        s.cpus == numbers{0, 1} && r == L + "x" + L + "x";
}

task<bool> spawn_thread() {
    auto [s, r] = co_await stand_in::thread::spawn(
                      {.name = make_words(), .stack_size = 1 << 20, .cpus = numbers(2, 3)},
                      number_of, tracked(5))
                      .join();
    auto [t, q] = co_await stand_in::thread::spawn(number_of, tracked(6)).join();
    co_return s.name == L + "words" && s.stack == 1U << 20 && s.cpus == numbers(2, 3) && r == 5 &&
        q == 6;
}

task<bool> spawn_coroutine() {
    auto [s, r] = co_await stand_in::coro::spawn({.name = "worker-" + std::to_string(1) + L}, twice,
                                                 co_await later_string())
                      .join();
    co_return s.name == "worker-1" + L&& r == L + L;
}

task<bool> spawn_lambdas() {
    const tracked t(4);
    int n = 3;
    auto [s, r] =
        co_await stand_in::thread::spawn({.name = L}, [&] { return t.value() + n; }).join();
    auto [u, q] = co_await stand_in::thread::spawn([n] { return n; }).join();
    const auto owner = [t] { return t.value(); };
    auto [v, p] = co_await stand_in::thread::spawn({.cpus = {0}}, owner).join();
    co_return s.name == L&& r == 7 && q == 3 && p == 4;
}

task<bool> spawn_moved_arguments() {
    auto p = std::make_unique<int>(8);
    auto [s, r] = co_await stand_in::thread::submit(
        {.name = make()}, [](std::unique_ptr<int> q) { return *q; }, std::move(p));
    co_return s.name == make() && r == 8;
}

task<bool> submit_with_options() {
    auto [s, r] = co_await stand_in::workers::submit({.timeout = 1s, .retries = 2}, square, 3);
    auto [t, q] = co_await stand_in::workers::submit({.retries = 1}, number_of, tracked(9));
    auto [u, p] = co_await stand_in::workers::submit(square, 5);
    co_return s.timeout == 1s && s.retries == 2 && r == 9 && t.retries == 1 && q == 9 && p == 25;
}

task<bool> async_with_options() {
    auto [s, r] = co_await stand_in::computed::submit(
        {.timeout = 1s, .limits = {.memory = 1 << 30}}, twice, make());
    co_return s.timeout == 1s && s.memory == 1U << 30 && r == make() + make();
}

// ---- pools

task<bool> pool_with_initializer() {
    int n = 0;
    const tracked t(6);
    auto s = co_await stand_in::pool(
        2, {.name_prefix = "x" + L, .initializer = [&] { n += t.value(); }, .cpus = {0}});
    s.initializer();
    co_return n == 6 && s.name == "x" + L&& s.cpus == numbers{0};
}

task<bool> pool_with_named_initializer() {
    static int n = 0;
    const auto initializer = [t = tracked(7)] { n = t.value(); };
    auto s = co_await stand_in::pool(2, {.initializer = initializer});
    s.initializer();
    co_return n == 7;
}

task<bool> pool_of_processes() {
    static int n = 0;
    auto s = co_await stand_in::process_pool(2, {.name_prefix = make_words(),
                                                 .initializer = [] { n = 5; },
                                                 .max_tasks_per_child = 10,
                                                 .max_memory_per_child = 1 << 30,
                                                 .limits = {.files = 100},
                                                 .task_timeout = 1s,
                                                 .retries = 1});
    s.initializer();
    co_return n == 5 && s.name == L + "words" && s.tasks == 10 && s.memory == 1U << 30 &&
        s.timeout == 1s && s.retries == 1;
}

task<bool> map_with_progress() {
    const std::vector<std::string> v(3, L);
    std::size_t told = 0;
    const tracked t(1);
    auto all = co_await stand_in::map(
        twice, v,
        {.chunk = 1, .window = v.size(), .progress = [&](std::size_t done, std::size_t total) {
             told += done * total * static_cast<std::size_t>(t.value());
         }});
    co_return all == std::vector<std::string>(3, L + L) && told == 18;
}

task<bool> map_temporary_range() {
    auto all = co_await stand_in::map([](const std::string& s) { return s.size(); },
                                      std::vector<std::string>(2, L), {.chunk = 1});
    co_return all == std::vector<std::size_t>{60, 60};
}

task<bool> callbacks() {
    const numbers v{1, 2, 3};
    const tracked t(10);
    auto n = co_await stand_in::each(v, [&](int x) { return x * t.value(); });
    auto m = co_await stand_in::each(v, square);
    auto k = co_await stand_in::each(v, [](int x) { return x; });
    co_return n == 60 && m == 14 && k == 6;
}

struct spelling {
    const char* name;
    task<bool> (*body)();
};

} // namespace

TEST_CASE("options arrive through co_await, and every life ends once") {
    const spelling table[] = {
        {"run, all options", run_all_options},
        {"run, the command alone", run_command_alone},
        {"run, no options", run_no_options},
        {"run, named command and options", run_named},
        {"run, ranges", run_ranges},
        {"run, temporary strings and paths", run_temporaries},
        {"run, temporaries that are followed", run_tracked_temporaries},
        {"run, env_only", run_env_only},
        {"run, co_await among the arguments", run_awaits_inside},
        {"run, pipelines", run_pipeline},
        {"run, parameters by value", run_by_value},
        {"run, as a coroutine", run_in_coroutine},
        {"run, a member of the result", run_member_of_result},
        {"run, result returned", run_returned},
        {"run, in a loop", run_in_loop},
        {"run, an exception at the call", run_failing},
        {"popen, communicate", popen_and_communicate},
        {"spawn, a process", spawn_with_options},
        {"spawn, a thread", spawn_thread},
        {"spawn, a coroutine", spawn_coroutine},
        {"spawn, lambdas", spawn_lambdas},
        {"submit, moved arguments", spawn_moved_arguments},
        {"submit, task options", submit_with_options},
        {"async, options", async_with_options},
        {"pool, initializer", pool_with_initializer},
        {"pool, named initializer", pool_with_named_initializer},
        {"pool of processes", pool_of_processes},
        {"map, progress", map_with_progress},
        {"map, temporary range", map_temporary_range},
        {"callbacks", callbacks},
    };
    for (const spelling& s : table) {
        INFO(s.name);
        const int alive = tracked::alive();
        const int faults = tracked::faults();
        CHECK(s.body().run());
        CHECK(test::frames() == 0);
        CHECK(tracked::alive() == alive);
        CHECK(tracked::faults() == faults);
    }
}
