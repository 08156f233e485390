// SPDX-License-Identifier: MIT
#pragma once

// os/mapping — memory that processes share, mapped into this one.

#include <braid/os/shared_file.hpp>

#include <cstddef>
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
    /// touches it later and finds the machine out of memory. From 2 MiB on it is a multiple of 2 MiB
    /// in huge pages, if the kernel can (Linux 6.1): 800 MB then cost 400 page faults in each process
    /// instead of 200,000.
    /// Throws: std::system_error (ENOMEM) if there is not enough memory.
    [[nodiscard]] static mapping shared(std::size_t size);

    [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(address_); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void swap(mapping& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(size_, other.size_);
    }

private:
    mapping(void* address, std::size_t size) noexcept : address_(address), size_(size) {}
    [[nodiscard]] static mapping aligned(const fd& file, std::size_t size);
    [[nodiscard]] std::size_t collapse() const noexcept;
    void populate(const fd& file, std::size_t from) const;
    void forget() noexcept { address_ = nullptr; }

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
    const bool large = size >= huge_page_size;
    if (large) size = (size + huge_page_size - 1) / huge_page_size * huge_page_size;
    const fd file = make_memory_file("braid", size);
    mapping made = large ? aligned(file, size) : of_file(file, size);
    made.populate(file, large ? made.collapse() : 0);
    return made;
}

/// Maps `file` at a multiple of the huge page's size: mmap aligns to small pages, so it reserves one
/// huge page more, and gives the ends back.
inline mapping mapping::aligned(const fd& file, std::size_t size) {
    const std::size_t reserved = size + huge_page_size;
    void* const raw = ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) throw_errno("mmap of " + std::to_string(size) + " shared bytes");
    mapping whole(raw, reserved);
    void* place = raw;
    std::size_t left = reserved;
    std::align(huge_page_size, size, place, left);
    constexpr int flags = MAP_SHARED | MAP_FIXED;
    if (::mmap(place, size, PROT_READ | PROT_WRITE, flags, file.get(), 0) == MAP_FAILED) {
        throw_errno("mmap of " + std::to_string(size) + " shared bytes");
    }
    whole.forget();
    if (left < reserved) ::munmap(raw, reserved - left);
    if (left > size) ::munmap(static_cast<std::byte*>(place) + size, left - size);
    return {place, size};
}

/// Turns the memory into huge pages, one by one, and says how many bytes it came to. Kernels give
/// them to shared memory on this request even where they would not by themselves; each needs a page
/// of it to be there. Source: madvise(2).
inline std::size_t mapping::collapse() const noexcept {
    std::size_t done = 0;
    for (; done < size_; done += huge_page_size) {
        std::byte* const page = data() + done;
        constexpr std::size_t small_page = 4096;
        if (::madvise(page, small_page, advice_populate_write) != 0) break;
        if (::madvise(page, huge_page_size, advice_collapse) != 0) break;
    }
    return done;
}

inline void mapping::populate(const fd& file, std::size_t from) const {
    if (from == size_) return;
    if (::madvise(data() + from, size_ - from, advice_populate_write) == 0) return;
    if (errno == EINVAL) { // an older kernel
        const auto allocated = retry_interrupted(
            [&] { return ::fallocate(file.get(), 0, 0, static_cast<off_t>(size_)); });
        if (allocated == 0) return;
    }
    throw_system_error(errno == EFAULT ? ENOMEM : errno,
                       "allocating " + std::to_string(size_) + " bytes of shared memory");
}

} // namespace braid::inline v1::detail::os
