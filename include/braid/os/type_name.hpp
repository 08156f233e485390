// SPDX-License-Identifier: MIT
#pragma once

// os/type_name — the name of a type as a person writes it, from the C++ runtime's demangler.

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include <cxxabi.h>

namespace braid::inline v1::detail::os {

/// "std::runtime_error" for typeid(std::runtime_error).
[[nodiscard]] inline std::string type_name(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
    return status == 0 ? name.get() : type.name();
}

/// The name of the type of the exception that is being handled; "unknown" for a foreign one.
[[nodiscard]] inline std::string current_exception_name() {
    if (std::current_exception() == nullptr) return "unknown"; // or libstdc++ reads beside it
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return type == nullptr ? "unknown" : type_name(*type);
}

} // namespace braid::inline v1::detail::os
