// SPDX-License-Identifier: MIT
#pragma once

// core/function — a callable that is owned: move-only, 64 bytes, on the heap only if it is large.

#include <braid/core/assert.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace braid::inline v1::detail::core {

template <class Signature> class unique_function;

/// A callable of that signature, which a `Self` can hold.
template <class F, class Self, class R, class... Args>
concept holdable_callable =
    !std::same_as<std::remove_cvref_t<F>, Self> && std::constructible_from<std::decay_t<F>, F> &&
    std::is_invocable_r_v<R, std::decay_t<F>&, Args...>;

/// Owns a callable. Callables of at most 48 bytes that move without throwing live inside, the
/// others on the heap; moving the function never throws and never allocates. It is empty when
/// default-constructed, moved from, or made from a null function pointer; calling it then is an
/// error of the caller.
template <class R, class... Args> class unique_function<R(Args...)> {
public:
    static constexpr std::size_t inline_size = 48;

    unique_function() noexcept = default;
    unique_function(std::nullptr_t) noexcept {}

    template <holdable_callable<unique_function, R, Args...> F> unique_function(F&& f) {
        hold(std::forward<F>(f));
    }

    unique_function(unique_function&& other) noexcept { take(other); }
    unique_function& operator=(unique_function&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~unique_function() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return invoke_ != nullptr; }

    R operator()(Args... args) {
        BRAID_ASSERT(invoke_ != nullptr, "an empty function was called");
        return invoke_(storage_, std::forward<Args>(args)...);
    }

private:
    using invoke_type = R (*)(void*, Args&&...);
    // Moves what is in `from` to `to` if there is a `to`, and destroys it in `from`.
    using relocate_type = void (*)(void* from, void* to) noexcept;

    template <class F> static constexpr bool fits =
        sizeof(F) <= inline_size &&
        alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;
    template <class F> struct held_inside;
    template <class F> struct held_outside;

    template <class F> void hold(F&& f);
    template <class F> static R call(F& f, Args&&... args);
    void take(unique_function& other) noexcept;
    void reset() noexcept;

    alignas(std::max_align_t) std::byte storage_[inline_size];
    invoke_type invoke_ = nullptr;
    relocate_type relocate_ = nullptr;
};

// ---- implementation ----

template <class R, class... Args> template <class F>
struct unique_function<R(Args...)>::held_inside {
    template <class G> static void make(void* at, G&& g) { ::new (at) F(std::forward<G>(g)); }
    static F& get(void* at) noexcept { return *std::launder(static_cast<F*>(at)); }
    static R invoke(void* at, Args&&... args) { return call(get(at), std::forward<Args>(args)...); }
    static void relocate(void* from, void* to) noexcept {
        if (to != nullptr) ::new (to) F(std::move(get(from)));
        std::destroy_at(&get(from));
    }
};

template <class R, class... Args> template <class F>
struct unique_function<R(Args...)>::held_outside {
    template <class G> static void make(void* at, G&& g) {
        ::new (at) F*(new F(std::forward<G>(g)));
    }
    static F*& get(void* at) noexcept { return *std::launder(static_cast<F**>(at)); }
    static R invoke(void* at, Args&&... args) {
        return call(*get(at), std::forward<Args>(args)...);
    }
    static void relocate(void* from, void* to) noexcept {
        if (to != nullptr)
            ::new (to) F*(get(from));
        else
            delete get(from);
    }
};

template <class R, class... Args> template <class F> void unique_function<R(Args...)>::hold(F&& f) {
    using target = std::decay_t<F>;
    if constexpr (std::is_pointer_v<target> || std::is_member_pointer_v<target>) {
        const target pointer = f; // a function's own address is no question to ask
        if (pointer == nullptr) return;
    }
    using held = std::conditional_t<fits<target>, held_inside<target>, held_outside<target>>;
    held::make(storage_, std::forward<F>(f));
    invoke_ = &held::invoke;
    relocate_ = &held::relocate;
}

template <class R, class... Args> template <class F>
R unique_function<R(Args...)>::call(F& f, Args&&... args) {
    if constexpr (std::is_void_v<R>)
        static_cast<void>(std::invoke(f, std::forward<Args>(args)...));
    else
        return std::invoke(f, std::forward<Args>(args)...);
}

template <class R, class... Args>
void unique_function<R(Args...)>::take(unique_function& other) noexcept {
    if (other.invoke_ == nullptr) return;
    other.relocate_(other.storage_, storage_);
    invoke_ = std::exchange(other.invoke_, nullptr);
    relocate_ = std::exchange(other.relocate_, nullptr);
}

template <class R, class... Args> void unique_function<R(Args...)>::reset() noexcept {
    if (invoke_ == nullptr) return;
    invoke_ = nullptr;
    std::exchange(relocate_, nullptr)(storage_, nullptr);
}

} // namespace braid::inline v1::detail::core
