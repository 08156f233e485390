// SPDX-License-Identifier: MIT
#pragma once

// os/resource — limits that the kernel holds this process to.

#include <braid/os/error.hpp>

#include <cstdint>
#include <string>

#include <sys/resource.h>

namespace braid::inline v1::detail::os {

/// Which limit: address space in bytes, processor time in seconds, open descriptors, file size in
/// bytes, core file size in bytes.
enum class resource : int {
    memory = RLIMIT_AS,
    cpu_time = RLIMIT_CPU,
    files = RLIMIT_NOFILE,
    file_size = RLIMIT_FSIZE,
    core = RLIMIT_CORE,
};

/// Sets the soft and the hard limit of this process.
/// Throws: std::system_error, `name` says which limit was refused.
inline void set_limit(resource which, std::uint64_t value, const char* name) {
    const auto id = static_cast<decltype(RLIMIT_AS)>(which);
    const rlimit limit{value, value};
    if (::setrlimit(id, &limit) != 0) {
        throw_errno("limiting " + std::string(name) + " to " + std::to_string(value));
    }
}

} // namespace braid::inline v1::detail::os
