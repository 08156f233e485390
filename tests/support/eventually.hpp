// SPDX-License-Identifier: MIT
#pragma once

// support/eventually — waiting for what another thread or process is going to do, without a bound
// that a loaded machine could miss; and what the kernel says of a thread.

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <unistd.h>

namespace support {

/// Waits until `ready()`; false if it does not come to be.
template <class F> [[nodiscard]] bool eventually(F ready) {
    using clock = std::chrono::steady_clock;
    const auto give_up = clock::now() + std::chrono::seconds(30);
    while (!ready()) {
        if (clock::now() > give_up) return false;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return true;
}

/// The contents of a file in the /proc directory of one of this process's threads.
inline std::string proc_of_thread(int number, const std::string& file) {
    std::ifstream in("/proc/self/task/" + std::to_string(number) + "/" + file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// True if the thread with that number sleeps in the kernel now.
inline bool is_asleep(int number) {
    const std::string stat = proc_of_thread(number, "stat");
    const auto end_of_name = stat.rfind(") ");
    return end_of_name != std::string::npos && stat.substr(end_of_name + 2, 1) == "S";
}

} // namespace support
