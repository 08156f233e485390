// SPDX-License-Identifier: MIT
#pragma once

// process/redirect — where a program's input comes from, or its output goes.

#include <braid/core/path_ref.hpp>

namespace braid::inline v1::process {

/// Where a program's input comes from, or its output goes: `{.out = redirect::file("log")}`. By
/// default the function that starts it decides: `run` by its input and capture.
///
/// Lifetime: as a std::string_view's, for `file`.
class redirect {
public:
    enum class kind : unsigned char {
        by_default,
        inherit,
        null,
        pipe,
        to_out,
        file,
        fd,
    };

    constexpr redirect() noexcept = default;

    /// The caller's own.
    static const redirect inherit;
    /// /dev/null.
    static const redirect null;
    /// A pipe, whose other end the caller has.
    static const redirect pipe;
    /// For err: where out goes.
    static const redirect to_out;

    /// The file at `path`: read for in, made or emptied and written for out and err.
    [[nodiscard]] static constexpr redirect file(path_ref path) noexcept {
        return redirect(kind::file, path, -1);
    }

    /// A copy of a descriptor, which stays the caller's: to append to a file, open it so.
    [[nodiscard]] static constexpr redirect fd(int descriptor) noexcept {
        return redirect(kind::fd, {}, descriptor);
    }

    [[nodiscard]] constexpr kind what() const noexcept { return kind_; }
    /// Of a file.
    [[nodiscard]] constexpr path_ref path() const noexcept { return path_; }
    /// Of an fd; else -1.
    [[nodiscard]] constexpr int descriptor() const noexcept { return descriptor_; }

private:
    constexpr explicit redirect(kind k, path_ref path = {}, int descriptor = -1) noexcept
        : kind_(k), path_(path), descriptor_(descriptor) {}

    kind kind_ = kind::by_default;
    path_ref path_;
    int descriptor_ = -1;
};

// ---- implementation ----

inline constexpr redirect redirect::inherit{redirect::kind::inherit};
inline constexpr redirect redirect::null{redirect::kind::null};
inline constexpr redirect redirect::pipe{redirect::kind::pipe};
inline constexpr redirect redirect::to_out{redirect::kind::to_out};

} // namespace braid::inline v1::process
