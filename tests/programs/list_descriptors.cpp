// SPDX-License-Identifier: MIT

// Prints the numbers of the descriptors that it was started with.

#include <iostream>

#include <fcntl.h>
#include <unistd.h>

int main() {
    const auto most = static_cast<int>(::sysconf(_SC_OPEN_MAX));
    for (int number = 0; number < most; ++number) {
        if (::fcntl(number, F_GETFD) >= 0) std::cout << number << ' ';
    }
    std::cout << '\n';
}
