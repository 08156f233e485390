// SPDX-License-Identifier: MIT
#pragma once

// process/spawn — starts a child process that runs a function.

#include <braid/exec/call.hpp>
#include <braid/process/child.hpp>
#include <braid/process/handle.hpp>
#include <braid/process/options.hpp>

#include <concepts>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace braid::inline v1::process {

/// Starts a child process that runs `f(args…)`, or `f(stop_token, args…)` if it cannot be called
/// without. The child is a copy of this process with one thread; the function and its arguments are
/// copied or moved before the fork. What the function returns is ignored: the exit code is 0, or 1
/// after an exception that left it, which goes to the unhandled-exception hook in the child.
///
///     auto h = process::spawn({.name = "calc-0"}, calc, 0);
///     exit_status how = h.join();
///
/// Throws: std::system_error naming what the system refused, then there is no child;
/// std::invalid_argument for negative limits; std::logic_error for `daemon` and
/// `start_method::forkserver`, which this version does not have.
/// Fork: libc's and the library's locks are sound in the child; the user's are as other threads
/// left them. What was buffered before is written once, by the parent.
/// Cost: 0.1 to 0.2 ms, and 16 µs for each MiB of private memory in small pages.
template <class F, class... Args>
requires detail::exec::strand_function<F, Args...>
[[nodiscard]] handle spawn(const options& how, F&& f, Args&&... args);

template <class F, class... Args>
requires detail::exec::strand_function<F, Args...>
[[nodiscard]] handle spawn(F&& f, Args&&... args) {
    return process::spawn(options(), std::forward<F>(f), std::forward<Args>(args)...);
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

} // namespace braid::inline v1::process

// ---- implementation ----

namespace braid::inline v1::detail::process {

/// Makes handles; nobody else does.
struct starter {
    [[nodiscard]] static v1::process::handle own(std::shared_ptr<state> child) {
        return v1::process::handle(std::move(child));
    }
};

} // namespace braid::inline v1::detail::process

namespace braid::inline v1::process {

template <class F, class... Args>
requires detail::exec::strand_function<F, Args...> handle spawn(const options& how, F&& f,
                                                                Args&&... args) {
    using call_type = detail::exec::call<F, Args...>;
    // Made before the fork, so that an argument that was moved in is gone from the parent after it.
    std::optional<call_type> call(std::in_place, std::in_place, std::forward<F>(f),
                                  std::forward<Args>(args)...);
    const auto run = [&](const std::stop_token& token) {
        detail::exec::call_and_destroy(call, token);
    };
    return detail::process::starter::own(
        detail::process::start_child(how, call_type::takes_token, run));
}

} // namespace braid::inline v1::process
