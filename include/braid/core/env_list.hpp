// SPDX-License-Identifier: MIT
#pragma once

// core/env_list — environment variables in options.

#include <braid/core/short_list.hpp>

#include <utility>

namespace braid::inline v1 {

/// Environment variables as `"NAME=value"`: `{"LANG=C", "HOME=" + dir}`, or any range of strings.
/// They are added to the environment, or take its place if made by `env_only`.
///
/// Lifetime: views its strings, or its range; at most 16 strings between braces.
class env_list : public detail::core::short_list<detail::core::read_text, 16> {
public:
    using short_list::short_list;

    /// Whether these are all the variables there are to be.
    [[nodiscard]] constexpr bool replaces() const noexcept { return replaces_; }

private:
    template <class... Ts> friend constexpr env_list env_only(Ts&&... variables);

    bool replaces_ = false;
};

/// The whole environment: `.env = env_only("PATH=/bin", "LANG=C")`, a range of strings, or nothing
/// for an empty one.
template <class... Ts> [[nodiscard]] constexpr env_list env_only(Ts&&... variables) {
    env_list list(std::forward<Ts>(variables)...);
    list.replaces_ = true;
    return list;
}

} // namespace braid::inline v1
