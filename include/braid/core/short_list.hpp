// SPDX-License-Identifier: MIT
#pragma once

// core/short_list — the elements of an option: a few, held inside, or a range, viewed. What
// std::initializer_list, std::vector and std::span cannot be in an option: made from braces inside
// a co_await expression with every compiler, and trivially destructible.

#include <braid/core/count.hpp>
#include <braid/core/function_ref.hpp>
#include <braid/core/text.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace braid::inline v1::detail::core {

/// Reads integers of any type as int; one that an int cannot hold becomes -1, which no list
/// takes.
struct read_number {
    using element = int;
    using owned = int;
    template <class T> static constexpr bool reads = number<T>;
    static constexpr int read(auto n) noexcept {
        return std::in_range<int>(n) ? static_cast<int>(n) : -1;
    }
};

/// Reads strings and paths as views.
struct read_text {
    using element = std::string_view;
    using owned = std::string;
    template <class T> static constexpr bool reads = text<T>;
    static constexpr std::string_view read(const auto& t) { return view_text(t); }
};

/// The common part of the lists in options. The Reader says which types are elements, and what
/// becomes of them.
///
/// Lifetime: views the strings and the range that it was made from. Temporaries live to the end of
/// the full expression, so a list that has a name must be made from what has one.
template <class Reader, std::size_t Capacity> class short_list {
    template <class... Ts>
    static constexpr bool is_copy = sizeof...(Ts) == 1 &&
                                    (std::derived_from<std::remove_cvref_t<Ts>, short_list> && ...);

public:
    using element = typename Reader::element;

    /// How many elements can stand between the braces.
    static constexpr std::size_t capacity = Capacity;

    constexpr short_list() noexcept = default;

    /// From elements, or from one forward range of them.
    template <class... Ts>
    requires(!is_copy<Ts...>) constexpr short_list(Ts&&... elements) { view(elements...); }

    /// Calls `f(element)` for each. A string is valid during the call only: a range may make its
    /// strings as it goes.
    template <class F> void for_each(F&& f) const;

    /// Cost: one pass over a range.
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Copies of the elements, for who keeps them.
    [[nodiscard]] std::vector<typename Reader::owned> to_vector() const;

private:
    using visitor = function_ref<void(element)>;

    template <class... Ts> constexpr void view(Ts&... elements);
    template <class R> static constexpr bool reads_range();
    template <class R> static void visit(const void* range, visitor f);

    element elements_[Capacity] = {};
    std::size_t count_ = 0;
    const void* range_ = nullptr;
    void (*visit_)(const void*, visitor) = nullptr;
};

// ---- implementation ----

template <class Reader, std::size_t Capacity> template <class... Ts>
constexpr void short_list<Reader, Capacity>::view(Ts&... elements) {
    constexpr bool are_elements = (Reader::template reads<std::remove_cvref_t<Ts>> && ...);
    constexpr bool is_range = sizeof...(Ts) == 1 && (reads_range<Ts>() && ...);
    if constexpr (are_elements) {
        static_assert(sizeof...(Ts) <= Capacity,
                      "braid: too many elements between the braces of this list: put them into a "
                      "named vector or array and pass that");
        if constexpr (sizeof...(Ts) <= Capacity)
            ((elements_[count_++] = Reader::read(elements)), ...);
    } else if constexpr (is_range) {
        ((range_ = std::addressof(elements), visit_ = visit<Ts>), ...);
    } else {
        static_assert(are_elements,
                      "braid: this list is made from elements between braces, or from one forward "
                      "range of them: integers for cpu_list and fd_list, strings or paths for "
                      "command and env_list");
    }
}

template <class Reader, std::size_t Capacity> template <class F>
void short_list<Reader, Capacity>::for_each(F&& f) const {
    if (visit_ != nullptr)
        visit_(range_, visitor(f));
    else
        for (std::size_t i = 0; i < count_; ++i) f(elements_[i]);
}

template <class Reader, std::size_t Capacity>
std::size_t short_list<Reader, Capacity>::size() const {
    std::size_t n = 0;
    for_each([&n](element) { ++n; });
    return n;
}

template <class Reader, std::size_t Capacity>
std::vector<typename Reader::owned> short_list<Reader, Capacity>::to_vector() const {
    std::vector<typename Reader::owned> copies;
    for_each([&copies](element e) { copies.emplace_back(e); });
    return copies;
}

template <class Reader, std::size_t Capacity> template <class R>
constexpr bool short_list<Reader, Capacity>::reads_range() {
    if constexpr (std::ranges::forward_range<R>)
        return Reader::template reads<std::remove_cvref_t<std::ranges::range_reference_t<R>>>;
    else
        return false;
}

template <class Reader, std::size_t Capacity> template <class R>
void short_list<Reader, Capacity>::visit(const void* range, visitor f) {
    for (auto&& e : *static_cast<R*>(const_cast<void*>(range))) f(Reader::read(e));
}

} // namespace braid::inline v1::detail::core
