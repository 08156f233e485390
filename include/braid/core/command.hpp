// SPDX-License-Identifier: MIT
#pragma once

// core/command — a program with its arguments, and several in a row.

#include <braid/core/short_list.hpp>

#include <concepts>
#include <cstddef>
#include <stdexcept>

namespace braid::inline v1 {

/// A program and its arguments, as views: `{"ls", dir, "-l"}`, `"true"`, or any range of strings.
/// No shell reads it: a string is one argument whatever stands in it. A program without a slash is
/// looked up in PATH.
///
/// Lifetime: as a std::string_view's. Temporaries live to the end of the full expression, so a
/// command that has a name must be made from strings, or from a range, that have one. At most 24
/// strings stand between braces.
class command : public detail::core::short_list<detail::core::read_text, 24> {
public:
    using short_list::short_list;
};

/// Commands of which each reads what the one before it writes: `command{"ls"} | command{"wc"}`. It
/// copies the commands, not their strings.
class pipeline {
public:
    /// How many commands it can have.
    static constexpr std::size_t capacity = 8;

    /// No command at all.
    constexpr pipeline() = default;

    /// Adds one at the end.
    /// Throws: std::invalid_argument beyond `capacity` commands.
    constexpr void append(const command& c);
    constexpr void append(const pipeline& p);

    [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] constexpr const command& operator[](std::size_t i) const noexcept {
        return commands_[i];
    }
    [[nodiscard]] constexpr const command* begin() const noexcept { return commands_; }
    [[nodiscard]] constexpr const command* end() const noexcept { return commands_ + count_; }

private:
    command commands_[capacity];
    std::size_t count_ = 0;
};

namespace detail::core {

template <class T>
concept command_or_pipeline = std::same_as<T, command> || std::same_as<T, pipeline>;

} // namespace detail::core

/// What `from` writes, `to` reads.
/// Throws: std::invalid_argument beyond pipeline::capacity commands.
template <detail::core::command_or_pipeline From, detail::core::command_or_pipeline To>
[[nodiscard]] constexpr pipeline operator|(const From& from, const To& to) {
    pipeline all;
    all.append(from);
    all.append(to);
    return all;
}

// ---- implementation ----

constexpr void pipeline::append(const command& c) {
    if (count_ == capacity)
        throw std::invalid_argument(
            "a pipeline has at most 8 commands: use a shell, or several runs");
    commands_[count_++] = c;
}

constexpr void pipeline::append(const pipeline& p) {
    const std::size_t count = p.count_; // `p` may be this one
    for (std::size_t i = 0; i < count; ++i) append(p.commands_[i]);
}

} // namespace braid::inline v1
