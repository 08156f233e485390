// SPDX-License-Identifier: MIT
#pragma once

// exec/call — a strand's function with its arguments, kept until the strand runs it. The one place
// that decides whether a function is given the strand's stop token.

#include <braid/exec/stop.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

namespace braid::inline v1::detail::exec {

/// F can be called with copies of the arguments alone.
template <class F, class... Args>
concept plain_function = std::invocable<std::decay_t<F>, std::decay_t<Args>...>;

/// F can be called with a stop token before the arguments, and not without one.
template <class F, class... Args>
concept stoppable_function =
    !plain_function<F, Args...> &&
    std::invocable<std::decay_t<F>, const std::stop_token&, std::decay_t<Args>...>;

/// F can be a strand's function, given these arguments.
template <class F, class... Args>
concept strand_function = plain_function<F, Args...> || stoppable_function<F, Args...>;

/// Copies of a function and of its arguments, called once. As with std::thread, what is to be a
/// reference there is passed by std::ref.
template <class F, class... Args>
requires strand_function<F, Args...>
class call {
public:
    static constexpr bool takes_token = stoppable_function<F, Args...>;

    template <class G, class... As> explicit call(std::in_place_t, G&& f, As&&... args)
        : parts_(std::forward<G>(f), std::forward<As>(args)...) {}

    decltype(auto) operator()(const std::stop_token& token) {
        return std::apply(
            [&](auto& f, auto&... args) -> decltype(auto) {
                if constexpr (takes_token)
                    return std::invoke(std::move(f), token, std::move(args)...);
                else
                    return std::invoke(std::move(f), std::move(args)...);
            },
            parts_);
    }

private:
    std::tuple<std::decay_t<F>, std::decay_t<Args>...> parts_;
};

/// Calls `kept` and destroys it with its arguments, before this returns or throws. Waits in their
/// destructors are no stop points.
template <class Call>
void call_and_destroy(std::optional<Call>& kept, const std::stop_token& token) {
    struct at_end {
        std::optional<Call>& kept;
        ~at_end() {
            const no_stop guard;
            kept.reset();
        }
    } const guard{kept};
    static_cast<void>((*kept)(token));
}

/// Called where nothing fits, to say so in words instead of in a list of templates.
template <class F, class... Args> constexpr void explain_call() {
    static_assert(strand_function<F, Args...>,
                  "braid: this function cannot be a strand's: it can be called neither with copies "
                  "of these arguments nor with a std::stop_token and then copies of them. Check "
                  "their number and types; pass by std::ref what the function takes by reference");
}

} // namespace braid::inline v1::detail::exec
