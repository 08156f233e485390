// SPDX-License-Identifier: MIT
#pragma once

// process/shared_array — an array in memory that this process and all forked from it later share.

#include <braid/core/count.hpp>
#include <braid/os/mapping.hpp>
#include <braid/process/shared.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace braid::inline v1::process {

/// n elements in shared memory, zero at first: a contiguous range, so std::span, std::ranges and
/// range-for take it. Copies of the handle mean the same elements.
///
///     process::shared_array<double> samples(1'000'000);
///
/// The memory is allocated when this is made, in huge pages where the kernel gives them, so that a
/// fork copies no page tables for it; it goes with the last process that has it.
/// Fork: seen by processes forked later, whoever made it.
/// Throws: std::invalid_argument for a negative size; std::system_error when memory runs out.
template <class T> class shared_array {
    static_assert(shareable<T>,
                  "braid: process::shared_array<T> needs a T that other processes can read: "
                  "trivially copyable, neither a pointer nor a view, or a lock-free std::atomic");

public:
    using value_type = T;
    using iterator = T*;

    explicit shared_array(count size)
        : size_(checked(size)),
          memory_(
              std::make_shared<detail::os::mapping>(detail::os::mapping::shared(bytes_for(size_)))),
          data_(construct(memory_->data(), size_)) {}

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() const noexcept { return data_ + size_; }

    /// Requires: index < size().
    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return data_[index]; }

private:
    [[nodiscard]] static std::size_t checked(count size);
    [[nodiscard]] static std::size_t bytes_for(std::size_t size) noexcept {
        return size == 0 ? 1 : size * sizeof(T);
    }
    [[nodiscard]] static T* construct(std::byte* memory, std::size_t size) noexcept;

    std::size_t size_;
    std::shared_ptr<detail::os::mapping> memory_;
    T* data_;
};

// ---- implementation ----

template <class T> std::size_t shared_array<T>::checked(count size) {
    const auto wanted = size.value("process::shared_array: the size");
    if (wanted > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T)) {
        throw std::invalid_argument("process::shared_array: " + std::to_string(wanted) +
                                    " elements are more than the address space holds");
    }
    return static_cast<std::size_t>(wanted);
}

template <class T> T* shared_array<T>::construct(std::byte* memory, std::size_t size) noexcept {
    if constexpr (detail::process::is_lock_free_atomic<T>) {
        for (std::size_t i = 0; i < size; ++i) ::new (memory + i * sizeof(T)) T();
    }
    // The pages are zero, which is the value of a trivially copyable T made from nothing.
    return std::launder(reinterpret_cast<T*>(memory));
}

} // namespace braid::inline v1::process
