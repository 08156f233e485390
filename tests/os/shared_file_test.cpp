// SPDX-License-Identifier: MIT

#include <braid/os/shared_file.hpp>

#include <support/catch.hpp>
#include <support/descriptors.hpp>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include <sys/stat.h>

namespace os = braid::detail::os;

namespace {

std::size_t size_of(const os::fd& file) {
    struct stat told {};
    ::fstat(file.get(), &told);
    return static_cast<std::size_t>(told.st_size);
}

} // namespace

TEST_CASE("a memory file has its size and holds zeros") {
    const os::fd file = os::make_memory_file("zeros", 5000);
    CHECK(size_of(file) == 5000);
    char bytes[5000];
    CHECK(::pread(file.get(), bytes, sizeof bytes, 0) == 5000);
    CHECK(std::string(bytes, sizeof bytes) == std::string(5000, '\0'));
}

TEST_CASE("nobody can shrink or grow a memory file, or unseal it") {
    const os::fd file = os::make_memory_file("sealed", 8192);
    CHECK((::ftruncate(file.get(), 4096) == -1 && errno == EPERM));
    CHECK((::ftruncate(file.get(), 0) == -1 && errno == EPERM));
    CHECK((::ftruncate(file.get(), 16384) == -1 && errno == EPERM));
    CHECK((::pwrite(file.get(), "beyond", 6, 8192) == -1 && errno == EPERM));
    CHECK((::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EPERM));
    CHECK(::pwrite(file.get(), "within", 6, 8186) == 6);
    CHECK(size_of(file) == 8192);
}

TEST_CASE("a memory file is in no directory, and its name in /proc alone") {
    const os::fd file = os::make_memory_file("a name", 4096);
    const auto link =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file.get())).string();
    CHECK(link == "/memfd:a name (deleted)");
}

TEST_CASE("a memory file is closed on exec and above 2") {
    const os::fd file = os::make_memory_file("", 4096);
    CHECK(support::is_close_on_exec(file.get()));
    CHECK(file.get() > 2);
}

TEST_CASE("a memory file may be huge: it takes memory as it is written to") {
    const os::fd file = os::make_memory_file("huge", std::size_t{1} << 44);
    CHECK(size_of(file) == std::size_t{1} << 44);
    CHECK(::pwrite(file.get(), "end", 3, (off_t{1} << 44) - 3) == 3);
}

TEST_CASE("a memory file of an impossible size is refused, and leaves no descriptor") {
    const auto before = support::open_descriptors();
    try {
        static_cast<void>(os::make_memory_file("impossible", SIZE_MAX));
        FAIL("made");
    } catch (const std::system_error& e) {
        CHECK(std::string(e.what()).find(std::to_string(SIZE_MAX)) != std::string::npos);
    }
    CHECK_THROWS_AS(os::make_memory_file(std::string(300, 'n').c_str(), 1), std::system_error);
    CHECK(support::open_descriptors() == before);
}
