// SPDX-License-Identifier: MIT
#pragma once

// process/shared — one value in memory that this process and all forked from it later share.

#include <braid/os/mapping.hpp>

#include <atomic>
#include <concepts>
#include <memory>
#include <new>
#include <ranges>
#include <type_traits>
#include <utility>

namespace braid::inline v1::detail::process {

template <class T> inline constexpr bool is_lock_free_atomic = false;
template <class T>
inline constexpr bool is_lock_free_atomic<std::atomic<T>> = // style: std::atomic the user's type
    std::atomic<T>::is_always_lock_free &&                  // style: std::atomic the user's type
    !std::is_pointer_v<T>;

} // namespace braid::inline v1::detail::process

namespace braid::inline v1::process {

/// T can lie in shared memory: its bytes are all of it, and mean the same in every process.
template <class T>
concept shareable = (std::is_trivially_copyable_v<T> && std::same_as<T, std::remove_cv_t<T>> &&
                     !std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
                     !std::ranges::view<T> && alignof(T) <= 4096) ||
                    detail::process::is_lock_free_atomic<T>;

/// A T in shared memory. Used like a pointer to it; copies of the handle mean the same T.
///
///     process::shared<std::atomic<int>> counter{0};
///     auto child = process::spawn([=] { ++*counter; });
///
/// The memory is allocated when this is made, and goes with the last process that has it; nothing
/// appears in /dev/shm. A T that is not atomic needs a lock, or one writer and a join. The wait()
/// and notify functions of std::atomic do not work between processes. // style: std::atomic
/// Fork: seen by processes forked later, whoever made it.
/// Throws: std::system_error when memory or descriptors run out.
/// Cost: a page of memory; not for many small values.
template <class T> class shared {
    static_assert(shareable<T>,
                  "braid: process::shared<T> needs a T that other processes can read: trivially "
                  "copyable, neither a pointer nor a view, aligned to at most 4096, or a lock-free "
                  "std::atomic. Put the values themselves into a struct, and indices in place of "
                  "pointers");

public:
    /// Makes the T from these arguments.
    template <class... Args>
    requires std::is_constructible_v<T, Args...>
    explicit shared(Args&&... args)
        : memory_(std::make_shared<detail::os::mapping>(detail::os::mapping::shared(sizeof(T)))),
          value_(::new (memory_->data()) T(std::forward<Args>(args)...)) {}

    [[nodiscard]] T& operator*() const noexcept { return *value_; }
    [[nodiscard]] T* operator->() const noexcept { return value_; }
    [[nodiscard]] T* get() const noexcept { return value_; }

private:
    std::shared_ptr<detail::os::mapping> memory_;
    T* value_; // trivially destroyed with the memory
};

} // namespace braid::inline v1::process
