// SPDX-License-Identifier: MIT
#pragma once

// os/event_fd — a bell that a descriptor wait hears: rung from any thread or signal handler.

#include <braid/os/fd.hpp>

#include <cstdint>

#include <sys/eventfd.h>

namespace braid::inline v1::detail::os {

/// Readable from when it is rung. Nobody quiets it: it serves one wait.
class event_fd {
public:
    event_fd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd") {}

    /// Makes it readable. Async-signal-safe.
    void ring() const noexcept {
        const std::uint64_t one = 1;
        // It fails only when the count is at its end: then the bell rings already.
        static_cast<void>(retry_interrupted([&] { return ::write(fd_.get(), &one, sizeof one); }));
    }

    [[nodiscard]] int get() const noexcept { return fd_.get(); }

private:
    fd fd_;
};

} // namespace braid::inline v1::detail::os
