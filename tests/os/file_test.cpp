// SPDX-License-Identifier: MIT

#include <braid/os/file.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/interruptions.hpp>
#include <support/temp_dir.hpp>

#include <string>

#include <sys/stat.h>

using braid::detail::os::read_file;

TEST_CASE("a file is read whole, whatever it holds") {
    const support::temp_dir dir;
    const std::string zeros = std::string("a\0b\0\n\xff", 6);
    const std::string large(1'000'000, 'x');
    CHECK(read_file(dir.write("zeros", zeros)) == zeros);
    CHECK(read_file(dir.write("large", large)) == large);
    CHECK(read_file(dir.write("part", std::string(1024, 'y'))) == std::string(1024, 'y'));
    CHECK(read_file(dir.write("empty", "")) == "");
}

TEST_CASE("a file of the kernel's, which tells no size, is read whole") {
    const std::string status = read_file("/proc/self/status").value_or("none");
    CHECK(status.rfind("Name:", 0) == 0);
    CHECK(status.back() == '\n');
}

TEST_CASE("what cannot be opened or read gives nothing") {
    const support::temp_dir dir;
    CHECK_FALSE(read_file(dir.path("none")).has_value());
    CHECK_FALSE(read_file(dir.path()).has_value()); // a directory
    CHECK_FALSE(read_file("").has_value());
    CHECK_FALSE(read_file("/proc/self/mem").has_value()); // opens, but does not read at 0
}

TEST_CASE("reading files leaves no descriptor open") {
    const support::temp_dir dir;
    const auto before = support::open_descriptors();
    static_cast<void>(read_file("/proc/self/status"));
    static_cast<void>(read_file(dir.path()));
    static_cast<void>(read_file(dir.path("none")));
    CHECK(support::open_descriptors() == before);
}

TEST_CASE("opening and reading a file that signals interrupt go on") {
    const support::temp_dir dir;
    const auto child = support::run_in_child([&] {
        const std::string fifo = dir.path("fifo");
        support::demand(::mkfifo(fifo.c_str(), 0600) == 0, "a FIFO");
        if (::fork() == 0) { // its reader waits in open(), then in read()
            ::usleep(30'000);
            const int number = ::open(fifo.c_str(), O_WRONLY);
            ::usleep(30'000);
            ::_exit(::write(number, "text", 4) == 4 ? 0 : 1);
        }
        const support::interruptions often;
        support::demand(read_file(fifo) == "text", "all of it");
        support::demand(support::interruptions::count() > 2, "it was interrupted");
    });
    CHECK(child.trouble() == "");
}
