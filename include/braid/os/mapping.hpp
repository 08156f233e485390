// SPDX-License-Identifier: MIT
#pragma once

// os/mapping — memory that processes share, mapped into this one.

#include <braid/os/error.hpp>
#include <braid/os/fd.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <sys/mman.h>

namespace braid::inline v1::detail::os {

/// A mapped range of pages, unmapped at its end.
class mapping {
public:
    mapping() noexcept = default;
    mapping(mapping&& other) noexcept
        : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    mapping& operator=(mapping&& other) noexcept {
        mapping(std::move(other)).swap(*this);
        return *this;
    }
    ~mapping() {
        if (address_ != nullptr) ::munmap(address_, size_);
    }

    /// Maps the first `size` bytes of `file` for reading and writing, seen by all who map it.
    [[nodiscard]] static mapping of_file(const fd& file, std::size_t size);

    /// Zeroed memory that this process and those forked from it share, all of it allocated: nothing
    /// touches it later and finds the machine out of memory. It needs no descriptor and is bound by
    /// no limit of file sizes. From 2 MiB on it is a multiple of 2 MiB in huge pages, if the kernel
    /// can (Linux 6.1): 800 MB then cost 400 page faults in each process instead of 200,000.
    /// Throws: std::system_error: ENOMEM, at once, for more than the machine has in all, EINVAL for
    /// no bytes. What is between that and what is free meets the kernel's killer, as all memory.
    [[nodiscard]] static mapping shared(std::size_t size);

    [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(address_); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void swap(mapping& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(size_, other.size_);
    }

private:
    mapping(void* address, std::size_t size) noexcept : address_(address), size_(size) {}
    [[nodiscard]] static mapping reserve_aligned(std::size_t size);
    void collapse() const noexcept;
    void populate() const;

    void* address_ = nullptr;
    std::size_t size_ = 0;
};

// ---- implementation ----

inline constexpr std::size_t huge_page_size = std::size_t{2} << 20;

// Debian 12's libc names both, older ones do not.
inline constexpr int advice_populate_write = 23; // MADV_POPULATE_WRITE, Linux 5.14
inline constexpr int advice_collapse = 25;       // MADV_COLLAPSE, Linux 6.1

inline mapping mapping::of_file(const fd& file, std::size_t size) {
    void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) throw_errno("mmap of " + std::to_string(size) + " shared bytes");
    return {address, size};
}

inline mapping mapping::shared(std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
    const std::string what = "mmap of " + std::to_string(size) + " shared bytes";
    mapping made;
    int flags = MAP_SHARED | MAP_ANONYMOUS;
    const bool large = size >= huge_page_size;
    if (large) {
        if (size > most) throw_system_error(ENOMEM, what);
        size = (size + huge_page_size - 1) / huge_page_size * huge_page_size;
        made = reserve_aligned(size);
        if (made.data() == nullptr) throw_errno(what);
        flags |= MAP_FIXED;
    }
    // The whole is one request, so that the kernel can say at once that it is too much.
    void* const address = ::mmap(made.data(), size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (address == MAP_FAILED) throw_errno(what);
    made.address_ = address;
    made.size_ = size;
    if (large) made.collapse();
    made.populate();
    return made;
}

/// Address space at a multiple of the huge page's size; empty if there is none. mmap aligns to
/// small pages only: this asks for one huge page more and gives the ends back.
inline mapping mapping::reserve_aligned(std::size_t size) {
    const std::size_t reserved = size + huge_page_size;
    void* const raw = ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return {};
    void* place = raw;
    std::size_t left = reserved;
    std::align(huge_page_size, size, place, left);
    if (left < reserved) ::munmap(raw, reserved - left);
    if (left > size) ::munmap(static_cast<std::byte*>(place) + size, left - size);
    return {place, size};
}

/// Turns the memory into huge pages, as far as there are any. Kernels give them to shared memory on
/// this request even where they would not by themselves; each needs a page of it to be there.
/// Source: madvise(2). One request for all: each waits for every processor once.
inline void mapping::collapse() const noexcept {
    constexpr std::size_t small_page = 4096;
    for (std::size_t at = 0; at < size_; at += huge_page_size) {
        if (::madvise(data() + at, small_page, advice_populate_write) != 0) return;
    }
    ::madvise(data(), size_, advice_collapse); // what is left is populated in small pages
}

inline void mapping::populate() const {
    if (::madvise(data(), size_, advice_populate_write) == 0) return;
    if (errno == EINVAL) { // an older kernel: touch each page
        constexpr std::size_t small_page = 4096;
        for (std::size_t at = 0; at < size_; at += small_page) {
            *static_cast<volatile std::byte*>(data() + at) = std::byte{0};
        }
        return;
    }
    throw_system_error(errno == EFAULT ? ENOMEM : errno,
                       "allocating " + std::to_string(size_) + " bytes of shared memory");
}

} // namespace braid::inline v1::detail::os
