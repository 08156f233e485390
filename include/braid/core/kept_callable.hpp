// SPDX-License-Identifier: MIT
#pragma once

// core/kept_callable — a callable in an option that is run after the call, or in another process.

#include <braid/core/function.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace braid::inline v1::detail::core {

template <class T>
concept function_pointer = std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>;

/// Not a `Self`, which is copied as it is.
template <class T, class Self>
concept other_than = !std::same_as<std::remove_cvref_t<T>, Self>;

} // namespace braid::inline v1::detail::core

namespace braid::inline v1 {

/// Views a callable `void()` of which the called function makes a copy to keep: any callable that
/// can be copied. Empty when made from nothing or nullptr.
///
///     thread::pool pool(2, {.initializer = [&] { ++started; }});
///
/// Lifetime: the callable must live to the end of the call, the copy is the library's. What the
/// callable refers to must live as long as that.
class kept_callable {
public:
    constexpr kept_callable() noexcept = default;
    constexpr kept_callable(std::nullptr_t) noexcept {}

    template <detail::core::other_than<kept_callable> F> constexpr kept_callable(F&& f) noexcept;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return copy_ != nullptr; }

    /// The copy; empty if this is.
    [[nodiscard]] detail::core::unique_function<void()> keep() const;

private:
    using function = detail::core::unique_function<void()>;

    const void* object_ = nullptr;
    function (*copy_)(const kept_callable&) = nullptr;
    void (*code_)() = nullptr;
};

/// A callable `void()` that another process can run: a function, or a function object without
/// state, such as a lambda without captures. It is a copy and needs nothing to live on.
///
///     process::pool pool(2, {.initializer = [] { load_tables(); }});
class transferable_callable {
public:
    constexpr transferable_callable() noexcept = default;
    constexpr transferable_callable(std::nullptr_t) noexcept {}

    template <detail::core::other_than<transferable_callable> F>
    constexpr transferable_callable(F&& f) noexcept;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return call_ != nullptr; }

    void operator()() const { call_(code_); }

private:
    void (*call_)(void (*)()) = nullptr;
    void (*code_)() = nullptr;
};

// ---- implementation ----

template <detail::core::other_than<kept_callable> F>
constexpr kept_callable::kept_callable(F&& f) noexcept {
    using value = std::decay_t<F>;
    constexpr bool is_callable = std::is_invocable_v<value&>;
    constexpr bool is_copyable = std::is_constructible_v<value, const value&>;
    static_assert(is_callable, "braid: an initializer is called without arguments");
    static_assert(!is_callable || is_copyable,
                  "braid: an initializer is copied, and this one cannot be: capture by reference, "
                  "or hold what it owns in a std::shared_ptr");
    if constexpr (detail::core::function_pointer<value>) {
        const value pointer = f;
        if (pointer == nullptr) return;
        code_ = reinterpret_cast<void (*)()>(pointer);
        copy_ = [](const kept_callable& from) {
            return function(reinterpret_cast<value>(from.code_));
        };
    } else if constexpr (is_callable && is_copyable) {
        object_ = std::addressof(f);
        copy_ = [](const kept_callable& from) {
            return function(*static_cast<const value*>(from.object_));
        };
    }
}

inline detail::core::unique_function<void()> kept_callable::keep() const {
    return copy_ != nullptr ? copy_(*this) : function();
}

template <detail::core::other_than<transferable_callable> F>
constexpr transferable_callable::transferable_callable([[maybe_unused]] F&& f) noexcept {
    using value = std::decay_t<F>;
    constexpr bool is_callable = std::is_invocable_v<value&>;
    constexpr bool is_function = detail::core::function_pointer<value>;
    constexpr bool is_stateless = std::is_empty_v<value> &&
                                  std::is_default_constructible_v<value> &&
                                  std::is_trivially_copyable_v<value>;
    static_assert(is_callable, "braid: an initializer is called without arguments");
    static_assert(is_function || is_stateless,
                  "braid: an initializer for processes must be a function or a function object "
                  "without state, such as a lambda without captures: captured variables do not "
                  "reach another process, so make them static, or set them up in the function");
    if constexpr (is_callable && is_function) {
        const value pointer = f;
        if (pointer == nullptr) return;
        code_ = reinterpret_cast<void (*)()>(pointer);
        call_ = [](void (*code)()) { static_cast<void>(reinterpret_cast<value>(code)()); };
    } else if constexpr (is_callable && is_stateless) {
        call_ = [](void (*)()) { static_cast<void>(value()()); };
    }
}

} // namespace braid::inline v1
