// SPDX-License-Identifier: MIT
#pragma once

// os/mapping — memory that processes share, mapped into this one.

#include <braid/os/huge_page_allocator.hpp>
#include <braid/os/shared_file.hpp>

#include <cstddef>
#include <string>

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
    /// touches it later and finds the machine out of memory. From 2 MiB on it asks for huge pages:
    /// 800 MB then cost 400 page faults instead of 200,000, and a fork next to nothing.
    /// Throws: std::system_error (ENOMEM) if there is not enough memory, std::bad_alloc never.
    [[nodiscard]] static mapping shared(std::size_t size);

    [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(address_); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void swap(mapping& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(size_, other.size_);
    }

private:
    mapping(void* address, std::size_t size) noexcept : address_(address), size_(size) {}
    void advise_huge_pages() const noexcept;
    void populate(const fd& file) const;

    void* address_ = nullptr;
    std::size_t size_ = 0;
};

// ---- implementation ----

inline mapping mapping::of_file(const fd& file, std::size_t size) {
    void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) throw_errno("mmap of " + std::to_string(size) + " shared bytes");
    return {address, size};
}

inline mapping mapping::shared(std::size_t size) {
    const fd file = make_memory_file("braid", size);
    mapping made = of_file(file, size);
    made.advise_huge_pages();
    made.populate(file);
    return made;
}

inline void mapping::advise_huge_pages() const noexcept {
    // A kernel that has none, or was told to give none, says no; small pages do as well.
    if (size_ >= huge_page_size) ::madvise(address_, size_, MADV_HUGEPAGE);
}

inline void mapping::populate(const fd& file) const {
    constexpr int populate_write =
        23; // MADV_POPULATE_WRITE, Linux 5.14; Debian 12's libc knows its name, older do not
    if (::madvise(address_, size_, populate_write) == 0) return;
    if (errno == EINVAL) { // an older kernel
        const auto allocated = retry_interrupted(
            [&] { return ::fallocate(file.get(), 0, 0, static_cast<off_t>(size_)); });
        if (allocated == 0) return;
    }
    throw_system_error(errno == EFAULT ? ENOMEM : errno,
                       "allocating " + std::to_string(size_) + " bytes of shared memory");
}

} // namespace braid::inline v1::detail::os
