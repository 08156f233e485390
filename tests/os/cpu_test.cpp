// SPDX-License-Identifier: MIT

#include <braid/os/cpu.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/temp_dir.hpp>

#include <cerrno>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace os = braid::detail::os;
using os::cpu_set;

namespace {

/// A machine's /proc/self/cgroup and /sys/fs/cgroup.
class fake_machine {
public:
    explicit fake_machine(std::string_view cgroup) { dir_.write("proc/cgroup", cgroup); }

    fake_machine& v2(const std::string& group, std::string_view cpu_max) {
        dir_.write("sys/fs/cgroup" + group + "/cpu.max", cpu_max);
        return *this;
    }
    fake_machine& v1(const std::string& group, std::string_view quota, std::string_view period) {
        dir_.write("sys/fs/cgroup" + group + "/cpu.cfs_quota_us", quota);
        dir_.write("sys/fs/cgroup" + group + "/cpu.cfs_period_us", period);
        return *this;
    }

    [[nodiscard]] std::optional<double> quota() const {
        return os::cpu_quota(dir_.path("proc"), dir_.path());
    }

private:
    support::temp_dir dir_;
};

int first_allowed() {
    const cpu_set allowed = os::allowed_cpus();
    int index = 0;
    while (!allowed.contains(index)) ++index;
    return index;
}

} // namespace

TEST_CASE("a set of processors holds what was added, of any number") {
    cpu_set cpus;
    CHECK(cpus.count() == 0);
    CHECK(cpus.to_string() == "{}");
    cpus.add(3);
    cpus.add(0);
    cpus.add(3);
    CHECK(cpus.count() == 2);
    CHECK(cpus.contains(0));
    CHECK(cpus.contains(3));
    CHECK_FALSE(cpus.contains(1));
    CHECK(cpus.to_string() == "{0,3}");
    cpus.add(1023);
    cpus.add(1024);
    cpus.add(65'535);
    CHECK(cpus.count() == 5);
    CHECK(cpus.to_string() == "{0,3,1023,1024,65535}");
    CHECK_FALSE(cpus.contains(65'534));
    CHECK_FALSE(cpus.contains(1'000'000));
    CHECK_FALSE(cpus.contains(-1));
}

TEST_CASE("a number that no processor has is refused, and named") {
    for (const int index : {-1, 1 << 16, INT_MAX, INT_MIN}) {
        cpu_set cpus;
        try {
            cpus.add(index);
            FAIL("added");
        } catch (const std::system_error& e) {
            CHECK(e.code() == std::errc::invalid_argument);
            CHECK(std::string(e.what()).find(std::to_string(index)) != std::string::npos);
        }
        CHECK(cpus.count() == 0);
    }
}

TEST_CASE("a set of processors keeps its members when it grows") {
    cpu_set cpus;
    cpus.add(7);
    const auto bytes = cpus.bytes();
    cpus.grow();
    CHECK(cpus.bytes() == 2 * bytes);
    CHECK(cpus.to_string() == "{7}");
}

TEST_CASE("a thread runs on the processors that it is put on, and others where they were") {
    const cpu_set before = os::allowed_cpus();
    CHECK(before.count() >= 1);
    const int index = first_allowed();
    std::string there;
    bool on_it = false;
    std::thread([&] {
        cpu_set one;
        one.add(index);
        os::set_allowed_cpus(one);
        there = os::allowed_cpus().to_string();
        on_it = ::sched_getcpu() == index;
    }).join();
    CHECK(there == "{" + std::to_string(index) + "}");
    CHECK(on_it);
    CHECK(os::allowed_cpus().to_string() == before.to_string());
}

TEST_CASE("processors that are not there are refused, and named") {
    cpu_set none, absent, far;
    absent.add(1023);
    far.add(60'000);
    for (const cpu_set* const cpus : {&none, &absent, &far}) {
        if (os::allowed_cpus().contains(1023)) continue;
        try {
            os::set_allowed_cpus(*cpus);
            FAIL("put on " << cpus->to_string());
        } catch (const std::system_error& e) {
            CHECK(e.code() == std::errc::invalid_argument);
            CHECK(std::string(e.what()).find(cpus->to_string()) != std::string::npos);
        }
    }
}

TEST_CASE("of processors some of which are there, those are taken") {
    const auto child = support::run_in_child([] {
        const int index = first_allowed();
        cpu_set cpus;
        cpus.add(index);
        cpus.add(60'000);
        os::set_allowed_cpus(cpus);
        support::demand(os::allowed_cpus().to_string() == "{" + std::to_string(index) + "}",
                        "the one that is there");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("without control groups there is no quota") {
    const support::temp_dir empty;
    CHECK_FALSE(os::cpu_quota(empty.path("proc"), empty.path()).has_value());
    CHECK_FALSE(fake_machine("").quota().has_value());
    CHECK_FALSE(fake_machine("0::/\n").quota().has_value());
    CHECK_FALSE(fake_machine("0::/a/b\n1:cpu:/c\n").quota().has_value());
}

TEST_CASE("a group of v2 has the quota of its cpu.max") {
    CHECK(fake_machine("0::/a\n").v2("/a", "150000 100000\n").quota() == 1.5);
    CHECK(fake_machine("0::/a\n").v2("/a", "25000 50000\n").quota() == 0.5);
    CHECK(fake_machine("0::/a\n").v2("/a", "1600000 100000\n").quota() == 16);
    CHECK_FALSE(fake_machine("0::/a\n").v2("/a", "max 100000\n").quota().has_value());
    CHECK(fake_machine("0::/\n").v2("", "200000 100000\n").quota() == 2);
}

TEST_CASE("the tightest quota of all groups above binds") {
    fake_machine nested("0::/a/b/c\n");
    nested.v2("/a/b/c", "max 100000\n");
    CHECK_FALSE(nested.quota().has_value());
    nested.v2("/a", "300000 100000\n");
    CHECK(nested.quota() == 3);
    nested.v2("/a/b", "50000 100000\n");
    CHECK(nested.quota() == 0.5);
    nested.v2("/a/b/c", "100000 100000\n");
    CHECK(nested.quota() == 0.5);
    nested.v2("/a/other", "10000 100000\n").v2("/other", "10000 100000\n");
    CHECK(nested.quota() == 0.5);
}

TEST_CASE("a group of v1 has its quota where its controller is mounted") {
    for (const char* const mount : {"/cpu", "/cpu,cpuacct"}) {
        INFO(mount);
        for (const char* const line :
             {"4:cpu,cpuacct:/a/b\n", "4:cpuacct,cpu:/a/b\n", "12:cpu:/a/b\n"}) {
            INFO(line);
            fake_machine machine("7:memory:/m\n" + std::string(line) + "1:name=systemd:/s\n");
            machine.v1(mount + std::string("/a/b"), "-1\n", "100000\n");
            CHECK_FALSE(machine.quota().has_value());
            machine.v1(mount + std::string("/a"), "250000\n", "100000\n");
            CHECK(machine.quota() == 2.5);
            machine.v1(mount + std::string("/a/b"), "50000\n", "50000\n");
            CHECK(machine.quota() == 1);
        }
    }
}

TEST_CASE("other controllers of v1 are not asked") {
    fake_machine machine("3:cpuset:/a\n2:cpuacct:/a\n1:name=cpu:/a\n");
    machine.v1("/cpu/a", "50000\n", "100000\n").v1("/cpu,cpuacct/a", "50000\n", "100000\n");
    CHECK_FALSE(machine.quota().has_value());
}

TEST_CASE("where both versions are mounted both bind, each by the group that it has") {
    fake_machine machine("4:cpu,cpuacct:/one\n0::/two\n");
    machine.v1("/cpu/one", "300000\n", "100000\n");
    CHECK(machine.quota() == 3);
    machine.v2("/unified/two", "200000 100000\n");
    CHECK(machine.quota() == 2);
    // The process is in neither of these.
    machine.v1("/cpu/two", "50000\n", "100000\n");
    machine.v2("/unified/one", "50000 100000\n");
    CHECK(machine.quota() == 2);
}

TEST_CASE("in a container the root of the groups is its own, whatever path the host knows") {
    fake_machine v2("0::/system.slice/docker-1234.scope\n");
    CHECK(v2.v2("", "150000 100000\n").quota() == 1.5);
    fake_machine v1("4:cpu,cpuacct:/docker/1234\n");
    CHECK(v1.v1("/cpu,cpuacct", "50000\n", "100000\n").quota() == 0.5);
    fake_machine outside("0::/../../other\n"); // a group outside of the namespace
    CHECK(outside.v2("", "150000 100000\n").quota() == 1.5);
}

TEST_CASE("nonsense in these files is no quota, and no failure") {
    for (const char* const text : {"", "\n", "max", "100000", "0 100000", "100000 0", "-5 100000",
                                   "many 100000", "100000 often", "\xff\xfe", "100000 -100000"}) {
        INFO(text);
        CHECK_FALSE(fake_machine("0::/a\n").v2("/a", text).quota().has_value());
    }
    for (const char* const text : {"", "\n", "max", "0", "-1", "-5", "many", "\xff\xfe"}) {
        INFO(text);
        CHECK_FALSE(fake_machine("1:cpu:/a\n").v1("/cpu/a", text, "100000").quota().has_value());
        CHECK_FALSE(fake_machine("1:cpu:/a\n").v1("/cpu/a", "100000", text).quota().has_value());
    }
    for (const char* const groups : {"nonsense", ":", "::", "0::", "0::a", "0::a/b", "1:cpu:a",
                                     "0::/a/\n", "0:://\n", "\n\n0\n", "0::/a:b\n"}) {
        INFO(groups);
        CHECK_FALSE(fake_machine(groups).v2("/nowhere", "1 1").quota().has_value());
    }
    CHECK(fake_machine("nonsense\n0::/a:b\n").v2("/a:b", "100000 100000").quota() == 1);
}

TEST_CASE("as many processors are usable as there are or the quota is worth, and at least one") {
    const auto usable = os::usable_cpus();
    CHECK(usable >= 1);
    CHECK(usable <= os::allowed_cpus().count());
    if (const auto quota = os::cpu_quota()) {
        CHECK(*quota > 0);
        CHECK(static_cast<double>(usable) < *quota + 1);
    }
    std::size_t on_one = 0;
    std::thread([&] {
        cpu_set one;
        one.add(first_allowed());
        os::set_allowed_cpus(one);
        on_one = os::usable_cpus();
    }).join();
    CHECK(on_one == 1);
}
