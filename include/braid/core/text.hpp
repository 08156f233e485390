// SPDX-License-Identifier: MIT
#pragma once

// core/text — what passes for a string in a parameter: std::string, std::string_view, literals,
// std::filesystem::path, and whatever converts to them.

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace braid::inline v1::detail::core {

/// A path: known by its `native()`, so that <filesystem> is not needed to take one.
template <class T>
concept path_like = requires(const T& path) {
    { path.native() } -> std::convertible_to<std::string_view>;
};

/// A string or a path. (A null pointer converts to std::string_view, and crashes there.)
template <class T>
concept text = !std::same_as<std::remove_cvref_t<T>, std::nullptr_t> &&
               (path_like<T> || std::convertible_to<const T&, std::string_view>);

/// The characters of `t`, viewed.
template <text T> constexpr std::string_view view_text(const T& t) {
    if constexpr (path_like<T>)
        return t.native();
    else
        return t;
}

} // namespace braid::inline v1::detail::core
