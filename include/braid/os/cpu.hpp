// SPDX-License-Identifier: MIT
#pragma once

// os/cpu — which processors this process may use, and how many it is worth keeping busy: the
// affinity mask, cut by the quota of its control groups (v1 and v2), so that a container with two
// processors' worth of time on a machine of 64 gets two workers. Source: sched_setaffinity(2); the
// kernel's cgroup-v2.rst "cpu.max"; sched-bwc.rst "cpu.cfs_quota_us".

#include <braid/os/error.hpp>
#include <braid/os/file.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <sched.h>

namespace braid::inline v1::detail::os {

/// A set of processors of any number, in the form that the kernel takes.
class cpu_set {
public:
    /// Adds processor `index`.
    /// Throws: std::system_error (EINVAL) if no kernel has such a number.
    void add(int index);

    [[nodiscard]] std::size_t count() const noexcept {
        return static_cast<std::size_t>(CPU_COUNT_S(bytes(), data()));
    }
    [[nodiscard]] bool contains(int index) const noexcept {
        return CPU_ISSET_S(static_cast<std::size_t>(index), bytes(), data());
    }
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] const cpu_set_t* data() const noexcept { return words_.data(); }
    [[nodiscard]] cpu_set_t* data() noexcept { return words_.data(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return words_.size() * sizeof(cpu_set_t); }
    void grow() { words_.resize(words_.size() * 2); }

private:
    std::vector<cpu_set_t> words_ = std::vector<cpu_set_t>(1); // 1,024 processors each
};

/// The processors that this thread may run on.
[[nodiscard]] cpu_set allowed_cpus();

/// Puts this thread on these processors.
/// Throws: std::system_error, naming them, if none of them is there.
void set_allowed_cpus(const cpu_set& cpus);

/// How many processors' worth of time the control groups of this process leave it, the tightest of
/// all that it is in; nothing without a limit. `proc_self` and `root` are /proc/self and the root
/// directory, but in tests.
[[nodiscard]] std::optional<double> cpu_quota(const std::string& proc_self = "/proc/self",
                                              const std::string& root = "");

/// How many threads are worth running at once here; at least 1.
[[nodiscard]] std::size_t usable_cpus();

// ---- implementation ----

inline void cpu_set::add(int index) {
    constexpr int most =
        1 << 16; // far above any kernel's limit, which answers for numbers below it
    if (index < 0 || index >= most) {
        throw_system_error(EINVAL, "processor number " + std::to_string(index));
    }
    while (static_cast<std::size_t>(index) >= bytes() * 8) grow();
    CPU_SET_S(static_cast<std::size_t>(index), bytes(), data());
}

inline std::string cpu_set::to_string() const {
    std::string text;
    for (int index = 0; index < static_cast<int>(bytes() * 8); ++index) {
        if (!contains(index)) continue;
        if (!text.empty()) text += ',';
        text += std::to_string(index);
    }
    return "{" + text + "}";
}

inline cpu_set allowed_cpus() {
    cpu_set found;
    // The kernel refuses a mask that is shorter than its own; how long that is it does not tell.
    while (::sched_getaffinity(0, found.bytes(), found.data()) != 0) {
        if (errno != EINVAL || found.bytes() > (std::size_t{1} << 16)) {
            throw_errno("sched_getaffinity");
        }
        found.grow();
    }
    return found;
}

inline void set_allowed_cpus(const cpu_set& cpus) {
    if (::sched_setaffinity(0, cpus.bytes(), cpus.data()) != 0) {
        throw_errno("running on processors " + cpus.to_string());
    }
}

/// One line of /proc/self/cgroup: its controllers ("" in v2) and the group's path.
struct cgroup_entry {
    std::string controllers;
    std::string path;
};

inline std::vector<cgroup_entry> cgroups_of(const std::string& proc_self) {
    std::vector<cgroup_entry> found;
    std::istringstream file(read_file(proc_self + "/cgroup").value_or(""));
    for (std::string line; std::getline(file, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        found.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
    }
    return found;
}

/// The quota that one directory of a hierarchy sets: `cpu.max` in v2, the two `cpu.cfs_…` files in
/// v1.
inline std::optional<double> quota_in(const std::string& directory) {
    const auto both = read_file(directory + "/cpu.max");
    std::istringstream text(both ? *both
                                 : read_file(directory + "/cpu.cfs_quota_us").value_or("") + " " +
                                       read_file(directory + "/cpu.cfs_period_us").value_or(""));
    double quota = -1;
    double period = 0;
    if (!(text >> quota >> period)) return std::nullopt; // "max 100000" is no limit
    if (quota <= 0 || period <= 0) return std::nullopt;
    return quota / period;
}

inline std::optional<double> cpu_quota(const std::string& proc_self, const std::string& root) {
    // Both versions may be mounted, and the process is in another group of each.
    static constexpr const char* v2_mounts[] = {"", "/unified"};
    static constexpr const char* v1_mounts[] = {"/cpu", "/cpu,cpuacct"};
    std::optional<double> tightest;
    const auto look_in = [&](const std::string& directory) {
        const auto quota = quota_in(directory);
        if (quota) tightest = std::min(tightest.value_or(*quota), *quota);
    };
    for (const cgroup_entry& entry : cgroups_of(proc_self)) {
        const bool v2 = entry.controllers.empty();
        const std::string padded = "," + entry.controllers + ",";
        if (!v2 && padded.find(",cpu,") == std::string::npos) continue;
        const std::string mounted_at = root + "/sys/fs/cgroup";
        for (const char* hierarchy : v2 ? v2_mounts : v1_mounts) {
            // A group is bound by all above it. In a container the path may be the host's: then its
            // root is ours.
            for (std::string path = entry.path == "/" ? "" : entry.path;;) {
                look_in(mounted_at + hierarchy + path);
                if (path.empty()) break;
                const auto above = path.rfind('/');
                path.erase(above == std::string::npos ? 0 : above);
            }
        }
    }
    return tightest;
}

inline std::size_t usable_cpus() {
    const std::size_t allowed = std::max<std::size_t>(1, allowed_cpus().count());
    const auto quota = cpu_quota();
    if (!quota) return allowed;
    const auto worth = static_cast<std::size_t>(std::ceil(*quota));
    return std::clamp<std::size_t>(worth, 1, allowed);
}

} // namespace braid::inline v1::detail::os
