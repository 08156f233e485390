// SPDX-License-Identifier: MIT
#pragma once

// exec/unhandled — where an exception goes that left a strand's function and that nobody waits for.
// It never ends the program, and it is never lost in silence.

#include <braid/core/atomic.hpp>
#include <braid/os/type_name.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace braid::inline v1 {

/// An exception that left a strand. The views hold during the hook's call.
struct unhandled {
    std::string_view strand; ///< "thread", "process", "coroutine"
    std::string_view name;   ///< the strand's
    std::exception_ptr exception;
};

using unhandled_hook = std::function<void(const unhandled&)>;

/// Sets what is told of exceptions that leave a strand, and returns what was told before. An empty
/// hook restores the default, which prints the strand, the exception's type and its what() to
/// stderr. The hook runs on the strand that threw, on several at once if need be; what it throws is
/// dropped, after the default was told instead.
/// Fork: a child starts with the hook of its parent.
unhandled_hook set_unhandled_hook(unhandled_hook hook);

// ---- implementation ----

namespace detail::exec {

// Readers take no lock: one that another thread held at a fork would stay held in the child. So a
// hook that was set lives to the end of the program, and each keeps the one before it.
struct hook_entry {
    unhandled_hook hook;
    const hook_entry* before = nullptr;
};

inline core::atomic<const hook_entry*>& current_hook() noexcept {
    static constinit core::atomic<const hook_entry*> current{nullptr};
    return current;
}

/// "std::runtime_error: disk full".
inline std::string describe(const std::exception_ptr& exception) {
    if (exception == nullptr) return "unknown"; // a thread that was cancelled
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& e) {
        return os::type_name(typeid(e)) + ": " + e.what();
    } catch (...) {
        return os::current_exception_name();
    }
}

inline void print_unhandled(const unhandled& what) {
    std::string text = "braid: exception in ";
    text.append(what.strand).append(" '").append(what.name).append("': ");
    text.append(describe(what.exception)).append("\n");
    std::fwrite(text.data(), 1, text.size(), stderr); // in one piece: other strands print too
}

/// Tells the hook. Must be safe on any strand, so nothing leaves it.
inline void report_unhandled(const unhandled& what) noexcept {
    try {
        // sync: the hook (acquire)
        const hook_entry* const entry = current_hook().load(core::acquire);
        if (entry == nullptr || !entry->hook) return print_unhandled(what);
        try {
            entry->hook(what);
        } catch (...) {
            print_unhandled(what);
        }
    } catch (...) { // no memory to say it in
    }
}

} // namespace detail::exec

inline unhandled_hook set_unhandled_hook(unhandled_hook hook) {
    namespace core = detail::core;
    auto entry = std::make_unique<detail::exec::hook_entry>();
    entry->hook = std::move(hook);
    auto& current = detail::exec::current_hook();
    // relaxed: the exchange looks again
    entry->before = current.load(core::relaxed);
    // sync: the hook (acquire, release)
    while (
        !current.compare_exchange_weak(entry->before, entry.get(), core::acq_rel, core::relaxed)) {
    }
    const detail::exec::hook_entry* const before = entry.release()->before;
    return before == nullptr ? unhandled_hook() : before->hook;
}

} // namespace braid::inline v1
