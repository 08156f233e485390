// SPDX-License-Identifier: MIT
#pragma once

// core/function_ref — a callable that is used during a call and not kept: two words, trivially
// destructible.

#include <braid/core/assert.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace braid::inline v1::detail::core {

/// A callable of that signature, which is not a `Self`.
template <class F, class Self, class R, class... Args>
concept viewable_callable =
    !std::same_as<std::remove_cvref_t<F>, Self> && std::is_invocable_r_v<R, F&, Args...>;

} // namespace braid::inline v1::detail::core

namespace braid::inline v1 {

template <class Signature> class function_ref;

/// Refers to a callable that somebody else owns: the type of the callbacks that the library calls
/// before it returns. It is empty when made from nothing, nullptr or a null function pointer;
/// calling it then is an error of the caller.
///
///     pool.map(square, numbers, {.progress = [&](std::size_t done, std::size_t) { n = done; }});
///
/// Lifetime: the callable must live as long as this is called; a temporary lives to the end of
/// the full expression.
template <class R, class... Args> class function_ref<R(Args...)> {
public:
    constexpr function_ref() noexcept = default;
    constexpr function_ref(std::nullptr_t) noexcept {}

    template <detail::core::viewable_callable<function_ref, R, Args...> F>
    function_ref(F&& f) noexcept {
        view(f);
    }

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return call_ != nullptr; }

    R operator()(Args... args) const {
        BRAID_ASSERT(call_ != nullptr, "an empty function_ref was called");
        return call_(target_, std::forward<Args>(args)...);
    }

private:
    // Functions and objects have pointers of different kinds.
    union target {
        const void* object = nullptr;
        void (*function)();
    };

    template <class F> void view(F& f) noexcept;
    template <class F> static R invoke(F& f, Args&&... args);

    target target_;
    R (*call_)(target, Args&&...) = nullptr;
};

// ---- implementation ----

template <class R, class... Args> template <class F>
void function_ref<R(Args...)>::view(F& f) noexcept {
    using value = std::decay_t<F>;
    if constexpr (std::is_pointer_v<value> && std::is_function_v<std::remove_pointer_t<value>>) {
        const value pointer = f;
        if (pointer == nullptr) return;
        target_.function = reinterpret_cast<void (*)()>(pointer);
        call_ = [](target t, Args&&... args) -> R {
            return invoke(*reinterpret_cast<value>(t.function), std::forward<Args>(args)...);
        };
    } else {
        target_.object = std::addressof(f);
        call_ = [](target t, Args&&... args) -> R {
            return invoke(*static_cast<F*>(const_cast<void*>(t.object)),
                          std::forward<Args>(args)...);
        };
    }
}

template <class R, class... Args> template <class F>
R function_ref<R(Args...)>::invoke(F& f, Args&&... args) {
    if constexpr (std::is_void_v<R>)
        static_cast<void>(std::invoke(f, std::forward<Args>(args)...));
    else
        return std::invoke(f, std::forward<Args>(args)...);
}

} // namespace braid::inline v1
