// SPDX-License-Identifier: MIT

#include <braid/os/error.hpp>

#include <support/catch.hpp>

#include <cerrno>
#include <string>
#include <system_error>

namespace os = braid::detail::os;

TEST_CASE("what the kernel refuses becomes a system_error that says what and why") {
    try {
        os::throw_system_error(ENOENT, "open '/x'");
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::no_such_file_or_directory);
        CHECK(e.code().category() == std::generic_category());
        CHECK(std::string(e.what()) == "open '/x': No such file or directory");
    }
    try {
        errno = EMFILE;
        os::throw_errno("pipe2");
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::too_many_files_open);
        CHECK(std::string(e.what()).rfind("pipe2: ", 0) == 0);
    }
}

TEST_CASE("an interrupted call is made again until it succeeds") {
    int calls = 0;
    const auto result = os::retry_interrupted([&] {
        errno = EINTR;
        return ++calls < 3 ? -1 : 42;
    });
    CHECK(result == 42);
    CHECK(calls == 3);
}

TEST_CASE("a call that fails for another reason is not made again") {
    int calls = 0;
    const auto result = os::retry_interrupted([&] {
        errno = EIO;
        ++calls;
        return -1L;
    });
    CHECK(result == -1);
    CHECK(errno == EIO);
    CHECK(calls == 1);
    static_assert(noexcept(os::retry_interrupted([]() noexcept { return 0; })));
    static_assert(!noexcept(os::retry_interrupted([]() { return 0; })));
}
