// SPDX-License-Identifier: MIT
#pragma once

// process/account — a user or a group in options.

#include <braid/core/count.hpp>
#include <braid/core/text.hpp>

#include <optional>
#include <string_view>

namespace braid::inline v1::process {

/// A user or a group, by name or by number: `"nobody"`, `1000`; nobody in particular by default.
///
/// Lifetime: as a std::string_view's. A temporary lives to the end of the full expression.
class account {
public:
    constexpr account() noexcept = default;

    template <detail::core::text T> constexpr account(const T& name)
        : name_(detail::core::view_text(name)) {}

    template <detail::core::number T> constexpr account(T id) noexcept : id_(count(id)) {}

    [[nodiscard]] constexpr bool empty() const noexcept { return name_.empty() && !id_; }

    /// Its name; empty if it was not given by name.
    [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }

    /// Its number, if it was given by number.
    [[nodiscard]] constexpr std::optional<count> id() const noexcept { return id_; }

private:
    std::string_view name_;
    std::optional<count> id_;
};

} // namespace braid::inline v1::process
