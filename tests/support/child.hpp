// SPDX-License-Identifier: MIT
#pragma once

// support/child — runs a function in a forked child, or a program of tests/programs, and tells how
// it ended and what it wrote. It uses nothing of the library.
//
//     const auto child = support::run_in_child([] {
//         support::demand(::getppid() != 1, "the parent is there");
//         return 3; // its exit code; 0 for a function without result
//     });
//     CHECK(child.exited_with(3));
//     CHECK(support::run_program("list_descriptors", {"--all"}).trouble() == "");

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// How a child ended and what it wrote to standard output and error.
struct child_result {
    int wait_status = 0;
    std::string out, err;
    bool timed_out = false; // the watchdog killed it

    [[nodiscard]] bool exited_with(int code) const {
        return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == code;
    }
    [[nodiscard]] bool killed_by(int number) const {
        return !timed_out && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == number;
    }

    /// How it ended and what it wrote to stderr, unless that was exit code 0.
    [[nodiscard]] std::string trouble() const {
        if (exited_with(0)) return "";
        std::string text = WIFEXITED(wait_status)
                               ? "exited with code " + std::to_string(WEXITSTATUS(wait_status))
                               : "killed by signal " + std::to_string(WTERMSIG(wait_status));
        if (timed_out) text = "timed out";
        return text + "; stderr: " + err;
    }
};

/// Ends the child, naming the place, if what must hold there does not.
inline void demand(bool holds, const char* what,
                   std::source_location where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%u: not so: %s\n", where.file_name(),
                 static_cast<unsigned>(where.line()), what);
    std::fflush(nullptr);
    ::_exit(99);
}

/// How long a child may take before it is killed.
inline constexpr std::chrono::seconds child_time{20};

/// Runs `f()` in a forked child, which leaves by _exit after `f` and flushes stdio and cout before.
/// Waits for the child alone, not for children of its own.
template <class F> child_result run_in_child(F f);

/// The path of a program of tests/programs.
#ifdef BRAID_TEST_PROGRAMS_DIR
inline std::string program_path(const std::string& name) {
    return BRAID_TEST_PROGRAMS_DIR "/" + name;
}
#endif

/// Replaces this process by a program. Exits with 127 if it cannot.
[[noreturn]] inline void become(const std::string& path,
                                const std::vector<std::string>& arguments = {}) {
    std::vector<char*> argv{const_cast<char*>(path.c_str())};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(path.c_str(), argv.data());
    std::fprintf(stderr, "exec %s: %s\n", path.c_str(), std::strerror(errno));
    ::_exit(127);
}

// ---- implementation ----

namespace detail {

struct captured {
    int read_end = -1;
    int write_end = -1;

    captured() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
        read_end = ends[0];
        write_end = ends[1];
    }
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;
    ~captured() {
        close_write_end();
        ::close(read_end);
    }
    void close_write_end() {
        if (write_end >= 0) ::close(std::exchange(write_end, -1));
    }

    /// Takes what is there now; false at the end.
    bool take(std::string& into) const {
        for (char part[4096];;) {
            pollfd ready{read_end, POLLIN, 0};
            if (::poll(&ready, 1, 0) <= 0) return true;
            const auto count = ::read(read_end, part, sizeof part);
            if (count == 0) return false;
            if (count > 0) into.append(part, static_cast<std::size_t>(count));
        }
    }
};

inline void flush() {
    std::cout.flush();
    std::clog.flush();
    std::fflush(nullptr);
}

template <class F> [[noreturn]] void run_and_leave(F& f, const captured& out, const captured& err) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // no child outlives a test that ctest killed
    ::dup2(out.write_end, STDOUT_FILENO);
    ::dup2(err.write_end, STDERR_FILENO);
    ::close(out.read_end);
    ::close(out.write_end);
    ::close(err.read_end);
    ::close(err.write_end);
    int code = 0;
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>)
            f();
        else
            code = f();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "the child's function threw: %s\n", e.what());
        code = 98;
    }
    flush();
    ::_exit(code);
}

inline child_result wait_for_child(pid_t id, captured& out, captured& err) {
    using clock = std::chrono::steady_clock;
    const auto give_up = clock::now() + child_time;
    child_result result;
    for (bool ended = false; !ended;) {
        ended = ::waitpid(id, &result.wait_status, WNOHANG) == id;
        const bool out_open = out.take(result.out);
        const bool err_open = err.take(result.err);
        if (ended) break;
        if (clock::now() > give_up) {
            result.timed_out = true;
            ::kill(id, SIGKILL);
            ended = ::waitpid(id, &result.wait_status, 0) == id;
        }
        pollfd both[2] = {{out_open ? out.read_end : -1, POLLIN, 0},
                          {err_open ? err.read_end : -1, POLLIN, 0}};
        ::poll(both, 2, 1);
    }
    return result;
}

} // namespace detail

template <class F> child_result run_in_child(F f) {
    static_assert(!std::is_same_v<std::invoke_result_t<F&>, bool>, "return an exit code");
    detail::captured out;
    detail::captured err;
    detail::flush();
    const pid_t id = ::fork();
    if (id < 0) throw std::runtime_error("fork failed");
    if (id == 0) detail::run_and_leave(f, out, err);
    out.close_write_end();
    err.close_write_end();
    return detail::wait_for_child(id, out, err);
}

#ifdef BRAID_TEST_PROGRAMS_DIR
/// Runs a program of tests/programs.
inline child_result run_program(const std::string& name,
                                const std::vector<std::string>& arguments = {}) {
    return run_in_child([&] { become(program_path(name), arguments); });
}
#endif

} // namespace support
