// SPDX-License-Identifier: MIT
#pragma once

// support/descriptors — which descriptors this process has open, read from /proc without opening
// one that would be counted.

#include <cstdlib>
#include <set>
#include <stdexcept>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace support {

/// The numbers of all open descriptors.
inline std::set<int> open_descriptors() {
    DIR* const directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) throw std::runtime_error("cannot list /proc/self/fd");
    std::set<int> found;
    while (const dirent* const entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.') continue;
        const int number = std::atoi(entry->d_name);
        if (number != ::dirfd(directory)) found.insert(number);
    }
    ::closedir(directory);
    return found;
}

inline bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

inline bool is_close_on_exec(int number) {
    const int flags = ::fcntl(number, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

/// Leaves this process so many descriptors to open, until the end of its scope. For one thread.
class few_descriptors {
public:
    explicit few_descriptors(int left) {
        int end = 0;
        for (int free = 0;; ++end) {
            if (!is_open(end) && free++ == left) break;
        }
        ::getrlimit(RLIMIT_NOFILE, &usual_);
        const rlimit low{static_cast<rlim_t>(end), usual_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    few_descriptors(const few_descriptors&) = delete;
    few_descriptors& operator=(const few_descriptors&) = delete;
    ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &usual_); }

private:
    rlimit usual_{};
};

} // namespace support
