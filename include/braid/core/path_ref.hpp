// SPDX-License-Identifier: MIT
#pragma once

// core/path_ref — the name of a file, viewed.

#include <braid/core/text.hpp>

#include <string>
#include <string_view>

namespace braid::inline v1 {

/// Views the name of a file: made from strings, literals and std::filesystem::path; empty if none
/// was given.
///
/// Lifetime: as a std::string_view's. A temporary lives to the end of the full expression.
class path_ref {
public:
    constexpr path_ref() noexcept = default;

    template <detail::core::text T> constexpr path_ref(const T& path)
        : path_(detail::core::view_text(path)) {}

    [[nodiscard]] constexpr bool empty() const noexcept { return path_.empty(); }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return path_; }

    /// A copy, for who keeps it or needs a terminating zero.
    [[nodiscard]] std::string to_string() const { return std::string(path_); }

private:
    std::string_view path_;
};

} // namespace braid::inline v1
