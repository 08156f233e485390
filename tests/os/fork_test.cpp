// SPDX-License-Identifier: MIT

#include <braid/os/file.hpp>
#include <braid/os/fork.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/temp_dir.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>
#include <sstream>
#include <streambuf>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/wait.h>

namespace os = braid::detail::os;
using braid::exit_status;
using braid::detail::core::deadline;
using namespace std::chrono_literals;

namespace {

std::optional<exit_status> end_of(const os::forked& made) {
    if (!os::wait_readable(made.child.get(), deadline::after(15s))) return std::nullopt;
    return made.child.reap();
}

/// Forks a child that does `f` and leaves with its result.
template <class F> os::forked fork_child(F f) {
    auto made = os::fork_process();
    if (made.id == 0) os::leave_child(f());
    return made;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

std::vector<std::string> sorted_lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

bool ends(const std::string& text, const std::string& with) {
    return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

class broken_buffer : public std::streambuf {
    int sync() override { return -1; }
};

} // namespace

TEST_CASE("a fork returns twice: in the parent with the child's number and descriptor") {
    const auto parent = ::getpid();
    const auto made = os::fork_process();
    if (made.id == 0) ::_exit(!made.child && ::getppid() == parent && ::getpid() != parent ? 7 : 8);
    CHECK(made.id > 0);
    REQUIRE(made.child);
    CHECK(support::is_close_on_exec(made.child.get()));
    CHECK(made.child.get() > 2);
    CHECK(end_of(made) == exit_status::exited(7));
}

TEST_CASE("a child leaves with its code") {
    for (const int code : {0, 1, 255}) {
        const auto made = fork_child([=] { return code; });
        CHECK(end_of(made) == exit_status::exited(code));
    }
}

TEST_CASE("a child runs its own handlers and destructors, and none of its parent's") {
    for (const char* const way : {"leave_child", "exit"}) {
        INFO(way);
        const auto program = support::run_program("leave_child", {way});
        CHECK(program.trouble() == "");
        CHECK(sorted_lines(program.out) == sorted_lines("stdio of the parent\n"
                                                        "cout of the parent\n"
                                                        "stdio of the child\n"
                                                        "cout of the child\n"
                                                        "destructor of the child\n"
                                                        "handler of the child\n"
                                                        "code 7\n"
                                                        "handler of the parent\n"
                                                        "destructor of the program\n"));
        CHECK(ends(program.out, "code 7\nhandler of the parent\ndestructor of the program\n"));
    }
}

TEST_CASE("what is buffered at a fork is written once") {
    const auto outer = support::run_in_child([] {
        std::cout << "by cout;";
        std::clog << "by clog;";
        std::printf("by stdio;");
        char buffer[100];
        std::setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
        std::fprintf(stderr, "by stderr;");
        const auto made = fork_child([] { return 0; });
        support::demand(end_of(made) == exit_status::exited(0), "the child left");
        std::fflush(stderr);
        std::setvbuf(stderr, nullptr, _IONBF, 0);
    });
    CHECK(outer.trouble() == "");
    CHECK(outer.out.find("by cout;") != std::string::npos);
    CHECK(outer.out.find("by stdio;") != std::string::npos);
    CHECK(outer.out.size() == std::string("by cout;by stdio;").size());
    CHECK(outer.err.size() == std::string("by clog;by stderr;").size());
}

TEST_CASE("what a child buffers is written when it leaves") {
    const auto outer = support::run_in_child([] {
        const auto made = fork_child([] {
            std::printf("stdio ");
            std::fflush(stdout);
            std::cout << "cout";
            return 0;
        });
        support::demand(end_of(made) == exit_status::exited(0), "the child left");
    });
    CHECK(outer.trouble() == "");
    CHECK(outer.out == "stdio cout");
}

TEST_CASE("a stream that throws when it is flushed does not stop a fork") {
    const auto outer = support::run_in_child([] {
        broken_buffer broken;
        auto* const usual = std::cout.rdbuf(&broken);
        std::cout.exceptions(std::ios::badbit | std::ios::failbit);
        std::printf("by stdio");
        const auto made = fork_child([] { return 3; });
        support::demand(end_of(made) == exit_status::exited(3), "the child left");
        std::cout.exceptions(std::ios::goodbit);
        std::cout.clear();
        std::cout.rdbuf(usual);
    });
    CHECK(outer.trouble() == "");
    CHECK(outer.out == "by stdio");
}

TEST_CASE("a thread that waits for input does not stop a fork") {
    for (const bool standard : {true, false}) {
        const auto outer = support::run_in_child([=] {
            int ends[2];
            support::demand(::pipe(ends) == 0, "a pipe");
            ::dup2(ends[0], STDIN_FILENO);
            std::FILE* const input = standard ? stdin : ::fdopen(ends[0], "r");
            std::atomic<bool> there{false};
            std::thread reader([&] {
                there = true;
                support::demand(std::fgetc(input) == '!', "what was sent");
            });
            while (!there) std::this_thread::yield();
            while (::ftrylockfile(input) == 0) { // until the reader holds it
                ::funlockfile(input);
                std::this_thread::yield();
            }
            std::printf("by the parent;");
            const auto made = fork_child([] {
                std::printf("by the child;");
                return 0;
            });
            support::demand(end_of(made) == exit_status::exited(0), "the child left");
            support::demand(::write(ends[1], "!", 1) == 1, "sent");
            reader.join();
        });
        CHECK(outer.trouble() == "");
        CHECK(outer.out == "by the parent;by the child;");
    }
}

TEST_CASE("what another thread prints during a fork is written once") {
    constexpr int lines = 3000;
    const auto outer = support::run_in_child([] {
        std::atomic<bool> ended{false};
        std::atomic<bool> leave{false};
        std::thread printer([&] {
            for (int line = 0; line < lines; ++line) std::printf("%d\n", line);
            ended = true;
            while (!leave)
                std::this_thread::yield(); // a copy of a thread that has ended is a
                                           // leak to ThreadSanitizer
        });
        while (!ended) {
            const auto made = fork_child([] { return 0; });
            support::demand(end_of(made) == exit_status::exited(0), "the child left");
        }
        leave = true;
        printer.join();
    });
    CHECK(outer.trouble() == "");
    std::string expected;
    for (int line = 0; line < lines; ++line) expected += std::to_string(line) + '\n';
    CHECK(outer.out == expected);
}

TEST_CASE("what a file of the user's has buffered is written once, by its parent") {
    const support::temp_dir dir;
    const std::string path = dir.path("file");
    const auto outer = support::run_in_child([&] {
        std::FILE* const file = std::fopen(path.c_str(), "w");
        std::fputs("once", file);
        const auto made = fork_child([] { return 0; });
        support::demand(end_of(made) == exit_status::exited(0), "the child left");
        std::fclose(file);
    });
    CHECK(outer.trouble() == "");
    CHECK(os::read_file(path) == "once");
}

TEST_CASE("a child forks too, and leaves before the handlers of both its parents") {
    const auto outer = support::run_in_child([] {
        const auto made = fork_child([] {
            std::atexit([] { std::fputs("handler of the child;", stderr); });
            const auto grandchild = fork_child([] {
                std::atexit([] { std::fputs("handler of the grandchild;", stderr); });
                return 9;
            });
            return end_of(grandchild) == exit_status::exited(9) ? 0 : 1;
        });
        support::demand(end_of(made) == exit_status::exited(0), "the child left");
    });
    CHECK(outer.trouble() == "");
    CHECK(outer.err == "handler of the grandchild;handler of the child;");
}

TEST_CASE("a fork that finds no descriptor for its child throws, and leaves no child") {
    const auto outer = support::run_in_child([] {
        const support::few_descriptors none(0);
        try {
            const auto made = os::fork_process();
            if (made.id == 0) {
                for (;;) ::pause();
            }
            support::demand(false, "no descriptor is left");
        } catch (const std::system_error& e) {
            support::demand(e.code() == std::errc::too_many_files_open, "EMFILE");
            support::demand(std::string(e.what()).rfind("fork: ", 0) == 0, "it is named");
        }
        support::demand(!has_children(), "no child is left");
    });
    CHECK(outer.trouble() == "");
}

TEST_CASE("a child whose status nobody keeps has an unknown end") {
    const auto outer = support::run_in_child([] {
        std::signal(SIGCHLD, SIG_IGN);
        for (int i = 0; i < 20; ++i) {
            const auto made = fork_child([] { return 0; });
            support::demand(made.id > 0, "its number");
            if (!made.child) continue; // gone before it was opened
            auto status = end_of(made);
            while (!status) status = made.child.reap();
            support::demand(!status->known(), "unknown");
        }
    });
    CHECK(outer.trouble() == "");
}

TEST_CASE("forks leave no descriptor open") {
    const auto before = support::open_descriptors();
    for (int i = 0; i < 3; ++i) CHECK(end_of(fork_child([] { return 0; })).has_value());
    CHECK(support::open_descriptors() == before);
}
