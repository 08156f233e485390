// SPDX-License-Identifier: MIT
#pragma once

// os/huge_page_allocator — memory of this process in pages of 2 MiB, where the kernel gives them.
//
// A fork copies the page tables of private memory: 200,000 entries for 800 MB in small pages, which
// takes longer than summing it up; 400 in huge ones. Kernels give huge pages to private memory that
// asks for them far more often than to shared memory, so data that children only read is best made
// here, before the fork.

#include <cstddef>
#include <limits>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace braid::inline v1 {

/// An allocator for large containers that forked children read, and for any that are walked at
/// random: from 2 MiB on it asks for huge pages, below it is std::allocator.
///
///     std::vector<double, huge_page_allocator<double>> samples(100'000'000);
///
/// Throws: std::bad_alloc.
/// Fork: a child reads the parent's pages, and writes to copies of its own.
template <class T> class huge_page_allocator {
public:
    using value_type = T;

    huge_page_allocator() noexcept = default;
    template <class U> huge_page_allocator(const huge_page_allocator<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t n);
    void deallocate(T* p, std::size_t n) noexcept;

    friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) noexcept {
        return true;
    }
};

// ---- implementation ----

namespace detail::os {

inline constexpr std::size_t huge_page_size = std::size_t{2} << 20;

/// `bytes`, a multiple of the huge page's size, at a multiple of it; nullptr if there are none.
[[nodiscard]] inline void* map_huge_pages(std::size_t bytes) noexcept {
    // mmap aligns to small pages: map one huge page more and give the ends back.
    const std::size_t mapped = bytes + huge_page_size;
    void* const raw =
        ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return nullptr;
    void* aligned = raw;
    std::size_t left = mapped;
    std::align(huge_page_size, bytes, aligned, left);
    auto* const begin = static_cast<std::byte*>(raw);
    auto* const first = static_cast<std::byte*>(aligned);
    if (first != begin) ::munmap(begin, static_cast<std::size_t>(first - begin));
    if (left > bytes) ::munmap(first + bytes, left - bytes);
    ::madvise(aligned, bytes, MADV_HUGEPAGE); // a kernel without them gives small ones
    return aligned;
}

/// The size to map for `n` objects of `size` bytes; 0 if the heap serves them better.
[[nodiscard]] constexpr std::size_t huge_bytes(std::size_t n, std::size_t size) noexcept {
    const std::size_t bytes = n * size;
    if (bytes < huge_page_size) return 0;
    return (bytes + huge_page_size - 1) / huge_page_size * huge_page_size;
}

} // namespace detail::os

template <class T> T* huge_page_allocator<T>::allocate(std::size_t n) {
    constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T);
    if (n > most) throw std::bad_array_new_length();
    const std::size_t huge = detail::os::huge_bytes(n, sizeof(T));
    if (huge == 0) return std::allocator<T>().allocate(n);
    void* const memory = detail::os::map_huge_pages(huge);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
}

template <class T> void huge_page_allocator<T>::deallocate(T* p, std::size_t n) noexcept {
    const std::size_t huge = detail::os::huge_bytes(n, sizeof(T));
    if (huge == 0) return std::allocator<T>().deallocate(p, n);
    ::munmap(p, huge);
}

} // namespace braid::inline v1
