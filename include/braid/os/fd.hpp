// SPDX-License-Identifier: MIT
#pragma once

// os/fd — a file descriptor that closes itself, and the few things that all descriptors do.
//
// Every descriptor of the library is close-on-exec from birth and lies above 2: in a program that
// runs with standard input, output or error closed, none of ours can be taken for one of them.

#include <braid/core/deadline.hpp>
#include <braid/os/error.hpp>
#include <braid/os/time_spec.hpp>

#include <cstddef>
#include <span>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace braid::inline v1::detail::os {

/// Owns a descriptor, or none.
class fd {
public:
    fd() noexcept = default;

    /// Takes over `number`, moving it above the standard three.
    /// Throws: std::system_error if it is -1 (errno tells) or cannot be moved; `what` names the
    /// call that made it.
    fd(int number, const char* what);

    fd(fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    fd& operator=(fd&& other) noexcept {
        fd(std::move(other)).swap(*this);
        return *this;
    }
    ~fd() { close(); }

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    void swap(fd& other) noexcept { std::swap(number_, other.number_); }

    /// Closes it now. An interrupted close has closed: Linux frees the number first.
    void close() noexcept {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

    /// A second descriptor of the same open file.
    [[nodiscard]] fd duplicate() const {
        return {::fcntl(number_, F_DUPFD_CLOEXEC, 3), "fcntl(F_DUPFD_CLOEXEC)"};
    }

    /// Reads at most `into.size()` bytes; 0 at the end.
    /// Blocks: until there is one.
    std::size_t read_some(std::span<std::byte> into) const;

    /// Writes at most `from.size()` bytes and says how many.
    /// Blocks: until one fits.
    std::size_t write_some(std::span<const std::byte> from) const;

private:
    int number_ = -1;
};

/// Which of `first` and `second` (-1: none) became readable or was hung up.
struct readiness {
    bool first = false;
    bool second = false;
    explicit operator bool() const noexcept { return first || second; }
};

/// Waits until one of two descriptors can be read, or until the deadline: then neither.
[[nodiscard]] readiness wait_readable(int first, int second, core::deadline until);

/// Waits until `number` can be read; false at the deadline.
[[nodiscard]] inline bool wait_readable(int number, core::deadline until) {
    return wait_readable(number, -1, until).first;
}

// ---- implementation ----

inline fd::fd(int number, const char* what) : number_(number) {
    if (number_ > 2) return;
    if (number_ < 0) throw_errno(what);
    const int moved = ::fcntl(number_, F_DUPFD_CLOEXEC, 3);
    const int refused = errno;
    close();
    if (moved < 0) throw_system_error(refused, "fcntl(F_DUPFD_CLOEXEC)");
    number_ = moved;
}

inline std::size_t fd::read_some(std::span<std::byte> into) const {
    const auto count = retry_interrupted([&] { return ::read(number_, into.data(), into.size()); });
    if (count < 0) throw_errno("read");
    return static_cast<std::size_t>(count);
}

inline std::size_t fd::write_some(std::span<const std::byte> from) const {
    const auto count =
        retry_interrupted([&] { return ::write(number_, from.data(), from.size()); });
    if (count < 0) throw_errno("write");
    return static_cast<std::size_t>(count);
}

inline readiness wait_readable(int first, int second, core::deadline until) {
    pollfd polled[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}}; // poll passes over -1
    const auto once = [&] {
        if (until.is_never()) return ::ppoll(polled, 2, nullptr, nullptr);
        const timespec time = to_timespec(until.remaining());
        return ::ppoll(polled, 2, &time, nullptr);
    };
    if (retry_interrupted(once) < 0) throw_errno("poll");
    return {polled[0].revents != 0, polled[1].revents != 0};
}

} // namespace braid::inline v1::detail::os
