// SPDX-License-Identifier: MIT
#pragma once

// core/config — the version of the library and what the compiler says of this build, as constants,
// so that the floors above need no `#if`.

/// The version as one number: major * 10000 + minor * 100 + patch.
#define BRAID_VERSION 100

namespace braid::inline v1::detail::core {

/// True in a build with ThreadSanitizer, which does not see fences and dies when a forked child of
/// a program with threads starts a thread (unless told `die_after_fork=0`).
#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

} // namespace braid::inline v1::detail::core
