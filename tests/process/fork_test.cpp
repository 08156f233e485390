// SPDX-License-Identifier: MIT

#include <braid/process/current.hpp>
#include <braid/process/fork.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/processes.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace process = braid::process;
using number = process::shared<std::atomic<int>>;
using support::demand;

TEST_CASE("fork returns twice: a handle in the parent, nothing in the child") {
    const number child_id{0};
    const number childs_parent{0};
    const pid_t before = ::getpid();
    auto child = process::fork();
    if (!child) {
        *child_id = process::id();
        *childs_parent = process::parent_id();
        std::exit(5);
    }
    CHECK(::getpid() == before);
    CHECK(child->join().code() == 5);
    CHECK(*child_id == child->id());
    CHECK(*childs_parent == before);
}

TEST_CASE("a forked child has a name and is not the main process, and its main thread is one") {
    const number right{0};
    auto child = process::fork();
    if (!child) {
        const std::string comm = support::text_of("/proc/self/comm");
        *right = !process::is_main() && process::name() + "\n" == comm && !process::name().empty();
        std::exit(0);
    }
    CHECK(child->join().success());
    CHECK(*right == 1);
    CHECK(child->name().starts_with("process-"));
    CHECK(process::is_main());
    CHECK(process::name() == "MainProcess");
}

TEST_CASE("a forked child goes on with copies of the locals") {
    int value = 1;
    const number seen{0};
    auto child = process::fork();
    if (!child) {
        value += 41;
        *seen = value;
        std::exit(0);
    }
    CHECK(child->join().success());
    CHECK(value == 1);
    CHECK(*seen == 42);
}

TEST_CASE("a forked child can be asked to stop, and dies by SIGTERM") {
    auto child = process::fork();
    if (!child) support::sleep_for_good();
    child->request_stop();
    CHECK(child->join().signal() == SIGTERM);
}

TEST_CASE("a child forked where SIGTERM is watched for is ended by it all the same") {
    const number right{0};
    auto asked = process::spawn([right](const std::stop_token&) {
        auto forked = process::fork();
        if (!forked) support::sleep_for_good();
        forked->request_stop();
        if (forked->join().signal() == SIGTERM) ++*right;
        auto spawned = process::spawn(support::sleep_for_good);
        spawned.request_stop();
        if (spawned.join().signal() == SIGTERM) ++*right;
        const pid_t users = ::fork();
        if (users == 0) support::sleep_for_good();
        ::kill(users, SIGTERM);
        int status = 0;
        ::waitpid(users, &status, 0);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ++*right;
        auto told = process::spawn([](const std::stop_token& stop) {
            while (!stop.stop_requested()) std::this_thread::yield();
        });
        told.request_stop();
        if (told.join().success()) ++*right;
        if (!process::stop_requested()) ++*right; // nobody asked this one
    });
    CHECK(asked.join_for(std::chrono::seconds(15)).has_value());
    asked.kill();
    CHECK(*right == 5);
}

TEST_CASE("children fork children") {
    const number count{0};
    auto child = process::fork();
    if (!child) {
        ++*count;
        auto grandchild = process::fork();
        if (!grandchild) {
            ++*count;
            std::exit(0);
        }
        std::exit(grandchild->join().success() ? 0 : 1);
    }
    CHECK(child->join().success());
    CHECK(*count == 2);
}

TEST_CASE("output from before the fork is written once, with fork() too") {
    const auto run = support::run_in_child([] {
        std::printf("before ");
        auto child = process::fork();
        if (!child) {
            std::printf("child ");
            std::exit(0); // writes what the child printed
        }
        demand(child->join().success(), "the child ended well");
        std::printf("after");
    });
    CHECK(run.trouble() == "");
    CHECK(run.out == "before child after");
}

TEST_CASE("a fork that the system refuses gives an error that names it, and no child") {
    const auto run = support::run_in_child([] {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return;
        const rlimit none{0, 0};
        demand(::setrlimit(RLIMIT_NPROC, &none) == 0, "setrlimit");
        try {
            auto child = process::fork();
            if (!child) ::_exit(0);
            std::fprintf(stderr, "this user is bound by no limit\n");
        } catch (const std::system_error& e) {
            demand(e.code().value() == EAGAIN, "EAGAIN");
            demand(std::string(e.what()).starts_with("fork: "), "it names fork");
        }
        demand(!support::has_children(), "there is no child");
    });
    CHECK(run.trouble() == "");
}
