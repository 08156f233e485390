// SPDX-License-Identifier: MIT

#include <braid/process/child.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/processes.hpp>
#include <support/sanitizers.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace std::chrono_literals;
namespace process = braid::process;
namespace core = braid::detail::core;
namespace os = braid::detail::os;
using braid::detail::process::settings;
using braid::detail::process::start_child;
using braid::detail::process::start_report;
using support::demand;

namespace {

braid::exit_status run(const process::options& how, auto f) {
    const auto child = start_child(how, false, [&](const std::stop_token&) { f(); });
    return *child->join_until(core::deadline::never());
}

/// The error that starting a child with these options gives, and whether the function ran.
struct refusal {
    std::error_code code;
    std::string what;
};

refusal refused(const process::options& how) {
    try {
        static_cast<void>(start_child(how, false, [](const std::stop_token&) {}));
    } catch (const std::system_error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

} // namespace

TEST_CASE("settings without options leave the system nothing to refuse") {
    CHECK_FALSE(settings({}).may_be_refused());
    CHECK_FALSE(settings({.name = "calc"}).may_be_refused());
}

TEST_CASE("settings with options may be refused") {
    CHECK(settings({.limits = {.memory = 1 << 30}}).may_be_refused());
    CHECK(settings({.limits = {.cpu_time = 1s}}).may_be_refused());
    CHECK(settings({.new_session = true}).may_be_refused());
    CHECK(settings({.cpus = {0}}).may_be_refused());
}

TEST_CASE("what this version does not have is a logic error that says so") {
    CHECK_THROWS_AS(settings({.daemon = true}), std::logic_error);
    CHECK_THROWS_WITH(settings({.daemon = true}),
                      "process::spawn: this version of braid has no daemon processes");
    CHECK_THROWS_WITH(settings({.start = process::start_method::forkserver}),
                      "process::spawn: this version of braid has no fork server");
}

TEST_CASE("what no system could do is refused before anything is started") {
    CHECK_THROWS_AS(settings({.limits = {.memory = -1}}), std::invalid_argument);
    CHECK_THROWS_WITH(settings({.limits = {.files = -2}}),
                      "limits.files must not be negative, and is -2");
    CHECK_THROWS_AS(settings({.cpus = {-1}}), std::system_error);
    CHECK_THROWS_AS(settings({.cpus = {1 << 20}}), std::system_error);
}

TEST_CASE("limits hold in the child, and not in the parent") {
    // A sanitizer's shadow memory is larger than any limit.
    constexpr bool memory_too = !support::address_sanitizer && !support::thread_sanitizer;
    const std::optional<braid::count> memory =
        memory_too ? std::optional<braid::count>(std::int64_t{1} << 42) : std::nullopt;
    const process::options how{
        .limits = {
            .memory = memory, .cpu_time = 1500ms, .files = 123, .file_size = 4567, .core = 0}};
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const auto child = support::run_in_child([&] {
        const auto status = run(how, [] {
            const auto is = [](auto which, rlim_t value) {
                rlimit limit{};
                ::getrlimit(which, &limit);
                return limit.rlim_cur == value && limit.rlim_max == value;
            };
            demand(!memory_too || is(RLIMIT_AS, rlim_t{1} << 42), "memory");
            demand(is(RLIMIT_CPU, 2), "processor time, rounded up");
            demand(is(RLIMIT_NOFILE, 123), "files");
            demand(is(RLIMIT_FSIZE, 4567), "file size");
            demand(is(RLIMIT_CORE, 0), "core");
        });
        demand(status.success(), "the limits are as asked for");
    });
    CHECK(child.trouble() == "");
    rlimit after{};
    ::getrlimit(RLIMIT_NOFILE, &after);
    CHECK(after.rlim_cur == files.rlim_cur);
}

TEST_CASE("a process that has used its processor time is killed") {
    const auto how = run({.limits = {.cpu_time = 1s, .core = 0}}, [] {
        for (std::atomic<unsigned> spin{0};;) ++spin;
    });
    CHECK((how.signal() == SIGKILL || how.signal() == SIGXCPU));
}

TEST_CASE("a child can lead a session of its own") {
    const auto own = run({.new_session = true}, [] { ::_exit(::getsid(0) == ::getpid() ? 0 : 1); });
    CHECK(own.success());
    const auto parents =
        run({}, [session = ::getsid(0)] { ::_exit(::getsid(0) == session ? 0 : 1); });
    CHECK(parents.success());
}

TEST_CASE("a child can be put on a processor") {
    const int here = ::sched_getcpu();
    const auto how = run({.cpus = {here}}, [here] {
        cpu_set_t mask;
        ::sched_getaffinity(0, sizeof mask, &mask);
        ::_exit(CPU_COUNT(&mask) == 1 && CPU_ISSET(static_cast<unsigned>(here), &mask) ? 0 : 1);
    });
    CHECK(how.success());
}

TEST_CASE("an option that the system refuses is the caller's error, and there is no child") {
    const auto child = support::run_in_child([] {
        const auto open = support::open_descriptors();
        const auto cpu = refused({.cpus = {60'000}});
        demand(cpu.code == std::errc::invalid_argument, "EINVAL");
        demand(cpu.what.find("processors {60000}: Invalid argument") != std::string::npos,
               cpu.what.c_str());
        demand(!support::has_children(), "no child is left");
        rlimit few{50, 50};
        demand(::setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return;
        const auto files = refused({.limits = {.files = 51}});
        demand(files.code == std::errc::operation_not_permitted, "EPERM");
        demand(files.what.starts_with("limiting limits.files to 51: "), files.what.c_str());
        demand(!support::has_children(), "no child is left");
        demand(support::open_descriptors() == open, "no descriptor is left");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a child whose options were refused has run nothing") {
    const auto child = support::run_in_child([] {
        try {
            static_cast<void>(start_child({.cpus = {60'000}}, false, [](const std::stop_token&) {
                static_cast<void>(::write(1, "ran", 3));
            }));
        } catch (const std::system_error&) {
            return;
        }
        demand(false, "it was refused");
    });
    CHECK(child.trouble() == "");
    CHECK(child.out.empty());
}

TEST_CASE("starting a child that has options leaves no descriptor in the child or the parent") {
    const auto open = support::open_descriptors();
    const auto how =
        run({.new_session = true}, [&] { ::_exit(support::open_descriptors() == open ? 0 : 1); });
    CHECK(how.success());
    CHECK(support::open_descriptors() == open);
}

TEST_CASE("a child that dies before its word is a child that died") {
    // Not enough memory to begin with: what kills it is told by its status, not by an exception.
    const auto child = support::run_in_child([] {
        const auto started = start_child({.limits = {.core = 0}}, true,
                                         [](const std::stop_token&) { support::sleep_for_good(); });
        started->send_signal(SIGKILL);
        demand(started->join_until(core::deadline::never())->signal() == SIGKILL, "killed");
        demand(!support::has_children(), "none is left");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a stop request reaches a child that has not begun") {
    for (int round = 0; round < 30; ++round) {
        const auto child = start_child({}, true, [](const std::stop_token& stop) {
            while (!stop.stop_requested()) ::usleep(100);
        });
        child->send_signal(SIGTERM);
        REQUIRE(child->join_until(core::deadline::never())->success());
    }
}

TEST_CASE("a stop request reaches a child whose parent ignores SIGTERM, handles it or blocks it") {
    const auto child = support::run_in_child([] {
        using handler = void (*)(int);
        const auto check = [] {
            const auto started = start_child({}, true, [&](const std::stop_token& stop) {
                while (!stop.stop_requested()) ::usleep(100);
                ::_exit(3);
            });
            started->send_signal(SIGTERM);
            demand(started->join_until(core::deadline::never())->code() == 3, "it was told");
        };
        for (const auto disposition : {handler{SIG_IGN}, handler{[](int) { ::_exit(77); }}}) {
            ::signal(SIGTERM, disposition);
            check();
        }
        const os::signal_block term{SIGTERM};
        check();
    });
    CHECK(child.trouble() == "");
}
