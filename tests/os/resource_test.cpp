// SPDX-License-Identifier: MIT

#include <braid/os/resource.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <cstdint>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace os = braid::detail::os;

namespace {

void demand_limit(os::resource which, std::uint64_t value) {
    os::set_limit(which, value, "it");
    rlimit now{};
    ::getrlimit(static_cast<decltype(RLIMIT_AS)>(which), &now);
    support::demand(now.rlim_cur == value, "the soft limit is set");
    support::demand(now.rlim_max == value, "the hard limit is set");
}

} // namespace

TEST_CASE("a limit is set, the soft and the hard one") {
    const auto child = support::run_in_child([] {
        demand_limit(os::resource::core, 0);
        demand_limit(os::resource::cpu_time, 1000);
        demand_limit(os::resource::files, 50);
        demand_limit(os::resource::file_size, 1 << 30);
        demand_limit(os::resource::memory, std::uint64_t{1} << 47);
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a process is held to its limit of descriptors") {
    const auto child = support::run_in_child([] {
        os::set_limit(os::resource::files, 5, "files");
        int last = 0;
        for (int number = 0; number >= 0; number = ::open("/dev/null", O_RDONLY)) last = number;
        support::demand(last < 5 && errno == EMFILE, "each is below the number");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a limit that is refused is named") {
    const auto child = support::run_in_child([] {
        try {
            os::set_limit(os::resource::files, std::uint64_t{1} << 40,
                          "files"); // above any kernel's
        } catch (const std::system_error& e) {
            std::fputs(e.what(), stdout);
            return 0;
        }
        return 1;
    });
    CHECK(child.trouble() == "");
    CHECK(child.out.rfind("limiting files to 1099511627776: ", 0) == 0);
}
