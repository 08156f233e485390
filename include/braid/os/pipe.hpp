// SPDX-License-Identifier: MIT
#pragma once

// os/pipe — two descriptors, what is written to one is read from the other.

#include <braid/core/scope_exit.hpp>
#include <braid/os/fd.hpp>

namespace braid::inline v1::detail::os {

/// The two ends of a pipe. Reading gives 0 bytes once every copy of the write end is closed.
struct pipe {
    fd read_end;
    fd write_end;

    /// Throws: std::system_error when descriptors or kernel memory run out.
    [[nodiscard]] static pipe create();
};

// ---- implementation ----

inline pipe pipe::create() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2");
    core::scope_exit close_second([&]() noexcept { ::close(ends[1]); });
    fd read_end(ends[0], "pipe2"); // closes its own number when it throws
    close_second.release();
    return {std::move(read_end), fd(ends[1], "pipe2")};
}

} // namespace braid::inline v1::detail::os
