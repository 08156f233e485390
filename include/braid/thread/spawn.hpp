// SPDX-License-Identifier: MIT
#pragma once

// thread/spawn — starts a thread.

#include <braid/exec/call.hpp>
#include <braid/os/cpu.hpp>
#include <braid/thread/handle.hpp>
#include <braid/thread/options.hpp>
#include <braid/thread/state.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace braid::inline v1::thread {

/// Starts a thread that runs `f(args…)`, or `f(stop_token, args…)` if it cannot be called without.
/// The function and its arguments are copied or moved into the thread. An exception that leaves it
/// goes to the unhandled-exception hook and is kept in the handle.
///
///     auto h = thread::spawn({.name = "SubThread"}, loop, "test");
///     h.join();
///
/// Throws: std::system_error naming what the system refused (too many threads, a processor that is
/// not there, a stack that is too small); std::invalid_argument for a negative stack size. Then
/// nothing was started.
/// Cost: one allocation and a thread's start, 15 to 30 µs.
template <class F, class... Args>
requires detail::exec::strand_function<F, Args...>
[[nodiscard]] handle spawn(const options& how, F&& f, Args&&... args);

template <class F, class... Args>
requires detail::exec::strand_function<F, Args...>
[[nodiscard]] handle spawn(F&& f, Args&&... args) {
    return thread::spawn(options(), std::forward<F>(f), std::forward<Args>(args)...);
}

template <class F, class... Args>
requires(!detail::exec::strand_function<F, Args...> &&
         !std::same_as<std::remove_cvref_t<F>, options>) void spawn(F&&, Args&&...) {
    detail::exec::explain_call<F, Args...>();
}

template <class F, class... Args>
requires(!detail::exec::strand_function<F, Args...>) void spawn(const options&, F&&, Args&&...) {
    detail::exec::explain_call<F, Args...>();
}

} // namespace braid::inline v1::thread

// ---- implementation ----

namespace braid::inline v1::detail::thread {

/// Makes handles; nobody else does.
struct starter {
    [[nodiscard]] static v1::thread::handle start(std::shared_ptr<state> made,
                                                  const v1::thread::options& how);
};

inline v1::thread::handle starter::start(std::shared_ptr<state> made,
                                         const v1::thread::options& how) {
    std::optional<os::cpu_set> cpus;
    if (!how.cpus.empty()) {
        cpus.emplace();
        how.cpus.for_each([&](int index) { cpus->add(index); });
    }
    state::start(made, {.stack_size = how.stack_size.value("thread::options.stack_size"),
                        .cpus = cpus ? &*cpus : nullptr});
    return v1::thread::handle(std::move(made), how.daemon);
}

} // namespace braid::inline v1::detail::thread

namespace braid::inline v1::thread {

template <class F, class... Args>
requires detail::exec::strand_function<F, Args...> handle spawn(const options& how, F&& f,
                                                                Args&&... args) {
    using made = detail::thread::state_of<detail::exec::call<F, Args...>>;
    return detail::thread::starter::start(
        std::make_shared<made>(how.name, std::forward<F>(f), std::forward<Args>(args)...), how);
}

} // namespace braid::inline v1::thread
