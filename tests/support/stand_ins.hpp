// SPDX-License-Identifier: MIT
#pragma once

// support/stand_ins — functions with the parameters of the library's, which start nothing: the
// awaitables that they return copy what they were given, at the call, and hand it back.

#include <braid/coro/options.hpp>
#include <braid/exec/map_options.hpp>
#include <braid/process/run_options.hpp>
#include <braid/thread/options.hpp>

#include <support/tiny_task.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace stand_in {

using strings = std::vector<std::string>;
using numbers = std::vector<int>;

/// Awaited: suspends, and then gives the value that it was made with.
template <class T> class [[nodiscard]] later {
public:
    explicit later(T value) : value_(std::move(value)) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { test::ready_list().push_back(h); }
    T await_resume() { return std::move(value_); }

private:
    T value_;
};

/// All that the run_options, and the others, said.
struct said {
    strings argv;
    std::string name, input, cwd, out_path, user;
    strings env;
    numbers pass_fds, cpus;
    bool capture = false, check = false, daemon = false, env_only = false;
    braid::time_limit timeout, cpu_time;
    std::uint64_t memory = 0, max_output = 0, retries = 0, tasks = 0, stack = 0;
    braid::process::redirect::kind err = braid::process::redirect::kind::by_default;
    braid::detail::core::unique_function<void()> initializer;
};

inline std::uint64_t value(const std::optional<braid::count>& n) { return n ? n->value() : 0; }

inline said copy(const braid::process::run_options& o) {
    said s;
    if (o.input) s.input = *o.input;
    s.capture = o.capture;
    s.check = o.check;
    s.timeout = o.timeout;
    s.cwd = o.cwd.to_string();
    s.env = o.env.to_vector();
    s.env_only = o.env.replaces();
    s.out_path = o.out.path().to_string();
    s.err = o.err.what();
    s.pass_fds = o.pass_fds.to_vector();
    s.memory = value(o.limits.memory);
    s.cpu_time = o.limits.cpu_time;
    s.cpus = o.cpus.to_vector();
    s.user = o.user.name();
    s.max_output = value(o.max_output);
    return s;
}

inline strings copy(const braid::pipeline& p) {
    strings all;
    for (const braid::command& c : p)
        c.for_each([&](std::string_view word) { all.emplace_back(word); });
    return all;
}

inline said with_argv(said s, strings argv) {
    s.argv = std::move(argv);
    return s;
}

inline later<said> run(const braid::command& c, const braid::process::run_options& o = {}) {
    return later(with_argv(copy(o), c.to_vector()));
}
inline later<said> run(const braid::pipeline& p, const braid::process::run_options& o = {}) {
    return later(with_argv(copy(o), copy(p)));
}
// By value, as a coroutine would take them.
inline later<said> run_by_value(braid::command c, braid::process::run_options o = {}) {
    return later(with_argv(copy(o), c.to_vector()));
}
/// A coroutine, so its parameters are copied into its frame.
inline test::task<said> run_in_coroutine(braid::command c, braid::process::run_options o) {
    said s = with_argv(copy(o), c.to_vector()); // what is viewed lives while the caller waits
    co_await test::pause();
    co_return s;
}

class popen {
public:
    popen(const braid::command& c, const braid::process::run_options& o = {})
        : said_(with_argv(copy(o), c.to_vector())) {}
    popen(const braid::pipeline& p, const braid::process::run_options& o = {})
        : said_(with_argv(copy(o), copy(p))) {}
    popen(popen&&) = default;

    const strings& argv() const { return said_.argv; }
    later<std::string> communicate(std::string_view input, braid::time_limit limit = {}) const {
        return later(std::string(input) + (limit.is_forever() ? "" : "!"));
    }

private:
    said said_;
};

/// What the options of a thread, a process or a coroutine said, and the result of the function.
template <class R> class started {
public:
    started(said s, R r) : said_(std::move(s)), result_(std::move(r)) {}
    later<std::pair<said, R>> join() {
        return later(std::pair<said, R>(std::move(said_), std::move(result_)));
    }

private:
    said said_;
    R result_;
};

template <class F, class... Args> auto call(F&& f, Args&&... args) {
    return std::invoke(std::decay_t<F>(std::forward<F>(f)),
                       std::decay_t<Args>(std::forward<Args>(args))...);
}

inline said copy(const braid::thread::options& o) {
    said s;
    s.name = o.name;
    s.daemon = o.daemon;
    s.stack = o.stack_size.value();
    s.cpus = o.cpus.to_vector();
    return s;
}
inline said copy(const braid::process::options& o) {
    said s;
    s.name = o.name;
    s.daemon = o.daemon;
    s.memory = value(o.limits.memory);
    s.cpu_time = o.limits.cpu_time;
    s.cpus = o.cpus.to_vector();
    return s;
}
inline said copy(const braid::process::async_options& o) {
    said s;
    s.timeout = o.timeout;
    s.memory = value(o.limits.memory);
    return s;
}
inline said copy(const braid::process::task_options& o) {
    said s;
    if (o.timeout) s.timeout = *o.timeout;
    s.retries = value(o.retries);
    return s;
}
inline said copy(const braid::coro::options& o) {
    said s;
    s.name = o.name;
    return s;
}

/// The two overloads of spawn, async and submit, with the options of each strand.
template <class Options> class strand {
public:
    template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
    static auto spawn(const Options& o, F&& f, Args&&... args) {
        return started(copy(o), call(std::forward<F>(f), std::forward<Args>(args)...));
    }
    template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
    static auto spawn(F&& f, Args&&... args) {
        return spawn(Options{}, std::forward<F>(f), std::forward<Args>(args)...);
    }
    template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
    static auto submit(const Options& o, F&& f, Args&&... args) {
        return spawn(o, std::forward<F>(f), std::forward<Args>(args)...).join();
    }
    template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
    static auto submit(F&& f, Args&&... args) {
        return spawn(std::forward<F>(f), std::forward<Args>(args)...).join();
    }
};

using thread = strand<braid::thread::options>;
using process = strand<braid::process::options>;
using computed = strand<braid::process::async_options>;
using workers = strand<braid::process::task_options>;
using coro = strand<braid::coro::options>;

/// The options of pools, copied.
inline later<said> pool(braid::count, const braid::thread::pool_options& o) {
    said s;
    s.name = o.name_prefix;
    s.cpus = o.cpus.to_vector();
    s.initializer = o.initializer.keep();
    return later(std::move(s));
}
inline later<said> process_pool(braid::count, const braid::process::pool_options& o = {}) {
    said s;
    s.name = o.name_prefix;
    s.initializer = o.initializer;
    s.memory = value(o.max_memory_per_child);
    s.tasks = value(o.max_tasks_per_child);
    s.timeout = o.task_timeout;
    s.retries = o.retries.value();
    return later(std::move(s));
}

/// Calls `f` with each and tells the progress, during the call.
template <class F, class Range>
auto map(F f, const Range& range, const braid::map_options& o = {}) {
    std::vector<std::decay_t<std::invoke_result_t<F&, decltype(*range.begin())>>> results;
    for (const auto& e : range) {
        results.push_back(std::invoke(f, e));
        if (o.progress) o.progress(results.size(), range.size());
    }
    return later(std::move(results));
}

inline later<int> each(const numbers& v, braid::function_ref<int(int)> f) {
    int sum = 0;
    for (const int n : v) sum += f(n);
    return later(sum);
}

} // namespace stand_in
