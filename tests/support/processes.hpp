// SPDX-License-Identifier: MIT
#pragma once

// support/processes — what the kernel tells of processes, for tests that start some. It uses
// nothing of the library.

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

inline std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The kernel's letter for what a process does: R, S, T, Z …; '-' if there is none.
inline char state_of_process(pid_t id) {
    const std::string text = text_of("/proc/" + std::to_string(id) + "/stat");
    const std::size_t name_end = text.rfind(')');
    return name_end == std::string::npos ? '-' : text.at(name_end + 2);
}

/// True if this process has a child, zombies included.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/// Runs until it is killed.
[[noreturn]] inline void sleep_for_good() {
    for (;;) ::pause();
}

} // namespace support
