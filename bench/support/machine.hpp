// SPDX-License-Identifier: MIT
#pragma once

// support/machine — what a benchmark asks of the machine: processors to pin to, processor time, who
// else used it meanwhile, and which memory lies in huge pages.

#include <braid/os/cpu.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace bench {

/// The processor that thread `index` is pinned to: the first two that are allowed, in turn, so that
/// neighbours always contend from two processors.
[[nodiscard]] int processor_for(std::size_t index);

/// Processor time of the calling thread, in seconds.
[[nodiscard]] double thread_cpu_time();

/// How busy the machine was with others, the hypervisor's other guests included, since this was
/// made. Children count as ours once they were waited for.
class others {
public:
    /// The share of all processors' time, 0 to 1; exact to some 10 ms of it.
    [[nodiscard]] double share() const;

private:
    struct sample {
        double ours = 0;
        double busy = 0;
        double all = 0;
    };
    [[nodiscard]] static sample now();

    sample start_ = now();
};

/// Which share of the mapping around `address` lies in huge pages, 0 to 1.
[[nodiscard]] double share_in_huge_pages(const void* address);

// ---- implementation ----

inline int processor_for(std::size_t index) {
    static const std::vector<int> first_two = [] {
        const auto allowed = braid::detail::os::allowed_cpus();
        std::vector<int> found;
        for (int i = 0; i < static_cast<int>(allowed.bytes() * 8) && found.size() < 2; ++i) {
            if (allowed.contains(i)) found.push_back(i);
        }
        return found;
    }();
    return first_two[index % first_two.size()];
}

inline double thread_cpu_time() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

inline others::sample others::now() {
    sample found;
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        getrusage(who, &used);
        for (const timeval& part : {used.ru_utime, used.ru_stime}) {
            found.ours +=
                static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) * 1e-6;
        }
    }
    // "cpu user nice system idle iowait irq softirq steal …", in ticks
    std::ifstream file("/proc/stat");
    std::string word;
    file >> word;
    double ticks = 0;
    for (int column = 0; column < 8 && file >> ticks; ++column) {
        const bool is_idle = column == 3 || column == 4;
        found.all += ticks;
        if (!is_idle) found.busy += ticks;
    }
    const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    found.all /= per_second;
    found.busy /= per_second;
    return found;
}

inline double others::share() const {
    const sample end = now();
    const double foreign = (end.busy - start_.busy) - (end.ours - start_.ours);
    return std::max(0.0, foreign) / std::max(end.all - start_.all, 1e-3);
}

inline double share_in_huge_pages(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream file("/proc/self/smaps");
    bool is_ours = false;
    double resident = 0;
    double huge = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name.back() != ':') { // "first-last rw-s …": the next mapping begins
            const std::size_t dash = name.find('-');
            is_ours = std::stoull(name, nullptr, 16) <= wanted &&
                      wanted < std::stoull(name.substr(dash + 1), nullptr, 16);
            continue;
        }
        double kilobytes = 0;
        if (!is_ours || !(words >> kilobytes)) continue;
        if (name == "Rss:") resident += kilobytes;
        if (name == "AnonHugePages:" || name == "ShmemPmdMapped:" || name == "FilePmdMapped:") {
            huge += kilobytes;
        }
    }
    return resident > 0 ? huge / resident : 0;
}

} // namespace bench
