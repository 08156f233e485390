// SPDX-License-Identifier: MIT
#pragma once

// os/file — the small files in which the kernel tells about itself.

#include <braid/os/fd.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <fcntl.h>

namespace braid::inline v1::detail::os {

/// All that `path` holds; nothing if it cannot be opened or read.
[[nodiscard]] inline std::optional<std::string> read_file(const std::string& path) {
    const int number =
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
    if (number < 0) return std::nullopt;
    try {
        const fd file(number, "open");
        std::string text;
        for (char part[1024];;) {
            const auto count = file.read_some(std::as_writable_bytes(std::span(part)));
            if (count == 0) return text;
            text.append(part, count);
        }
    } catch (const std::system_error&) {
        return std::nullopt;
    }
}

} // namespace braid::inline v1::detail::os
