// SPDX-License-Identifier: MIT
#pragma once

// core/count — a number of things or of bytes, made from an integer of any type.

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace braid::inline v1::detail::core {

template <class T, class... Others> constexpr bool is_one_of = (std::same_as<T, Others> || ...);

/// An integer that counts: neither bool nor a character.
template <class T>
concept number =
    std::integral<T> && !is_one_of<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

} // namespace braid::inline v1::detail::core

namespace braid::inline v1 {

/// A number of things or of bytes: `64 << 20`, `v.size()` and `std::uintmax_t` are all welcome,
/// without a warning. A negative one is refused where it is used, because an `int` cannot be
/// refused earlier.
class count {
public:
    /// 0.
    constexpr count() noexcept = default;

    template <detail::core::number T> constexpr count(T n) noexcept : value_(cut(n)) {}

    [[nodiscard]] constexpr bool is_negative() const noexcept { return value_ < 0; }

    /// The number; `what` names it in the error. At most the largest std::int64_t.
    /// Throws: std::invalid_argument if it is negative.
    [[nodiscard]] constexpr std::uint64_t value(std::string_view what = "a count") const;

    friend constexpr auto operator<=>(count, count) noexcept = default;

private:
    template <class T> static constexpr std::int64_t cut(T n) noexcept;

    std::int64_t value_ = 0;
};

// ---- implementation ----

constexpr std::uint64_t count::value(std::string_view what) const {
    if (value_ < 0)
        throw std::invalid_argument(std::string(what) + " must not be negative, and is " +
                                    std::to_string(value_));
    return static_cast<std::uint64_t>(value_);
}

template <class T> constexpr std::int64_t count::cut(T n) noexcept {
    if (std::in_range<std::int64_t>(n)) return static_cast<std::int64_t>(n);
    return std::numeric_limits<std::int64_t>::max(); // an std::uint64_t beyond it
}

} // namespace braid::inline v1
