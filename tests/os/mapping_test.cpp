// SPDX-License-Identifier: MIT

#include <braid/os/mapping.hpp>
#include <braid/os/resource.hpp>
#include <braid/os/shared_file.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace os = braid::detail::os;
using os::mapping;

static_assert(!std::is_copy_constructible_v<mapping> && !std::is_copy_assignable_v<mapping>);
static_assert(std::is_nothrow_move_constructible_v<mapping>);

namespace {

constexpr std::size_t page = 4096;

/// How many pages of this range are in memory; -1 if it is not mapped.
long resident_pages(const std::byte* address, std::size_t size) {
    std::vector<unsigned char> pages((size + page - 1) / page);
    auto* const begin = const_cast<std::byte*>(address);
    if (::mincore(begin, size, pages.data()) != 0) return -1;
    return std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1) != 0; });
}

bool all_zero(const mapping& m) {
    return std::all_of(m.data(), m.data() + m.size(), [](std::byte b) { return b == std::byte{}; });
}

template <class F> void in_forked_child_of_this(F f) {
    const pid_t id = ::fork();
    if (id == 0) {
        f();
        ::_exit(0);
    }
    ::waitpid(id, nullptr, 0);
}

} // namespace

TEST_CASE("shared memory begins with zeros, of any size, and can be written to its end") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{5000},
                                   std::size_t{3} << 20, std::size_t{64} << 20}) {
        const mapping m = mapping::shared(size);
        CHECK(m.size() >= size);
        CHECK(m.size() < size + (std::size_t{2} << 20));
        CHECK(all_zero(m));
        m.data()[0] = m.data()[m.size() - 1] = std::byte{1};
    }
}

TEST_CASE("from 2 MiB on shared memory is made of whole huge pages, where they may lie") {
    constexpr std::size_t huge = std::size_t{2} << 20;
    for (const std::size_t size : {huge, huge + 1, 5 * huge - 1}) {
        const mapping m = mapping::shared(size);
        CHECK(reinterpret_cast<std::uintptr_t>(m.data()) % huge == 0);
        CHECK(m.size() % huge == 0);
        CHECK(resident_pages(m.data(), m.size()) == static_cast<long>(m.size() / page));
    }
    CHECK(mapping::shared(huge - 1).size() == huge - 1);
}

TEST_CASE("what a forked child writes to shared memory its parent sees, and the other way round") {
    const mapping m = mapping::shared(5000);
    m.data()[0] = std::byte{1};
    in_forked_child_of_this([&] {
        m.data()[4999] = m.data()[0];
        m.data()[0] = std::byte{2};
    });
    CHECK(m.data()[4999] == std::byte{1});
    CHECK(m.data()[0] == std::byte{2});
}

TEST_CASE("all of shared memory is allocated when it is made") {
    for (const std::size_t size : {std::size_t{100} * page, std::size_t{16} << 20}) {
        const mapping m = mapping::shared(size);
        CHECK(resident_pages(m.data(), size) == static_cast<long>(size / page));
    }
}

TEST_CASE("shared memory that the machine does not have is refused as no memory, at once") {
    const auto child = support::run_in_child([] {
        std::ofstream("/proc/self/oom_score_adj") << 1000; // if it is taken, let it be from here
        ::alarm(1);                                        // and not for long
        int overcommit = 0;
        std::ifstream("/proc/sys/vm/overcommit_memory") >> overcommit;
        for (const int bits : {46, 47, 62}) {
            if (overcommit == 1 && bits == 46) continue; // that kernel was told to refuse nothing
            try {
                static_cast<void>(mapping::shared(std::size_t{1} << bits));
                support::demand(false, "more memory than there is");
            } catch (const std::system_error& e) {
                support::demand(e.code() == std::errc::not_enough_memory, e.what());
                const auto size = std::to_string(std::size_t{1} << bits);
                support::demand(std::string(e.what()).find(size) != std::string::npos, e.what());
            }
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("shared memory of no bytes is refused, and so is more than can be counted") {
    const auto refusal = [](std::size_t size) {
        try {
            static_cast<void>(mapping::shared(size));
        } catch (const std::system_error& e) {
            return e.code();
        }
        return std::error_code();
    };
    CHECK(refusal(0) == std::errc::invalid_argument);
    CHECK(refusal(SIZE_MAX) == std::errc::not_enough_memory);
    CHECK(refusal(SIZE_MAX - 5000) == std::errc::not_enough_memory);
    CHECK(refusal(SIZE_MAX / 2) == std::errc::not_enough_memory);
}

TEST_CASE("shared memory is no file: a limit of file sizes does not bind it") {
    const auto child = support::run_in_child([] {
        os::set_limit(os::resource::file_size, 1 << 20, "file size");
        const mapping m = mapping::shared(4 << 20);
        m.data()[m.size() - 1] = std::byte{1};
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("memory is unmapped at the end of its owner's scope, and needs no descriptor") {
    const auto before = support::open_descriptors();
    const std::byte* address = nullptr;
    {
        const mapping m = mapping::shared(8 * page);
        address = m.data();
        CHECK(resident_pages(address, m.size()) == 8);
        CHECK(support::open_descriptors() == before);
    }
    CHECK(resident_pages(address, 8 * page) == -1);
}

TEST_CASE("a mapping moves and is swapped, and one that was moved from is empty") {
    mapping first = mapping::shared(page);
    std::byte* const address = first.data();
    mapping second = std::move(first);
    CHECK(second.data() == address);
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move): its state is what is tested
    CHECK(first.data() == nullptr);
    CHECK(first.size() == 0);
    first = mapping::shared(2 * page);
    const std::byte* const other = first.data();
    first = std::move(second); // unmaps what it had
    CHECK(first.data() == address);
    CHECK(resident_pages(other, 2 * page) == -1);
    mapping& same = first;
    first = std::move(same);
    CHECK(first.data() == address);
    first.swap(second);
    CHECK(first.data() == nullptr);
    CHECK(second.size() == page);
    CHECK(resident_pages(address, page) == 1);
}

TEST_CASE("a mapped file is seen by all who map it") {
    const os::fd file = os::make_memory_file("test", 3 * page);
    const mapping one = mapping::of_file(file, 3 * page);
    const mapping two = mapping::of_file(file, 2 * page);
    CHECK(one.data() != two.data());
    CHECK(two.size() == 2 * page);
    one.data()[page] = std::byte{7};
    CHECK(two.data()[page] == std::byte{7});
    char byte = 0;
    CHECK(::pread(file.get(), &byte, 1, page) == 1);
    CHECK(byte == 7);
}

TEST_CASE("a mapped file stays when its descriptor is closed") {
    os::fd file = os::make_memory_file("test", page);
    const mapping m = mapping::of_file(file, page);
    file.close();
    m.data()[0] = std::byte{1};
    CHECK(m.data()[0] == std::byte{1});
}

TEST_CASE("a file that cannot be mapped is refused") {
    const os::fd none;
    CHECK_THROWS_AS(mapping::of_file(none, page), std::system_error);
    const os::fd read_only(::open("/dev/zero", O_RDONLY | O_CLOEXEC), "open");
    CHECK_THROWS_AS(mapping::of_file(read_only, page), std::system_error);
}
