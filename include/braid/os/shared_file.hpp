// SPDX-License-Identifier: MIT
#pragma once

// os/shared_file — the file without a name behind memory that processes share. It is in no
// directory, so nothing of it stays when the last process that has it is gone, however that one
// ended.

#include <braid/os/fd.hpp>

#include <cstddef>
#include <string>

#include <sys/mman.h>

namespace braid::inline v1::detail::os {

/// A file in memory, without a name, whose size is `size` for good: it is sealed against shrinking
/// and growing, so that no process that has it can make another die by SIGBUS. `name` appears in
/// /proc alone.
[[nodiscard]] fd make_memory_file(const char* name, std::size_t size);

// ---- implementation ----

inline fd make_memory_file(const char* name, std::size_t size) {
    fd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
    const auto resized =
        retry_interrupted([&] { return ::ftruncate(file.get(), static_cast<off_t>(size)); });
    if (resized != 0)
        throw_errno("ftruncate of shared memory to " + std::to_string(size) + " bytes");
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        throw_errno("fcntl(F_ADD_SEALS)");
    }
    return file;
}

} // namespace braid::inline v1::detail::os
