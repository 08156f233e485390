// SPDX-License-Identifier: MIT

#include <braid/core/error.hpp>
#include <braid/exec/unhandled.hpp>
#include <braid/process/current.hpp>
#include <braid/process/queue.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/spawn.hpp>
#include <braid/thread/mutex.hpp>
#include <braid/thread/spawn.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/eventually.hpp>
#include <support/processes.hpp>
#include <support/sanitizers.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace std::chrono_literals;
namespace process = braid::process;
namespace thread = braid::thread;
using number = process::shared<std::atomic<int>>;
using support::demand;

// ---- functions and arguments ----

namespace {

number& plain_result() {
    static number result{0};
    return result;
}
void add(int a, int b) { *plain_result() = a + b; }

struct accumulator {
    number into;
    void add(int n) const { *into += n; }
};

} // namespace

TEST_CASE("a child runs a function with its arguments") {
    *plain_result() = 0;
    auto h = process::spawn(add, 20, 22);
    CHECK(h.join().success());
    CHECK(*plain_result() == 42);
}

TEST_CASE("a member function, a move-only function and move-only arguments will do") {
    const accumulator sum{number{0}};
    process::spawn(&accumulator::add, sum, 5).join();
    process::spawn(&accumulator::add, &sum, 6).join();
    auto pointer = std::make_unique<int>(7);
    process::spawn([sum](std::unique_ptr<int> p) { sum.add(*p); }, std::move(pointer)).join();
    CHECK(pointer == nullptr);
    auto other = std::make_unique<int>(8);
    process::spawn([sum, p = std::move(other)] { sum.add(*p); }).join();
    CHECK(*sum.into == 26);
}

TEST_CASE("what a child changes in its copies does not change the parent's") {
    int value = 1;
    std::string text = "parent";
    auto h = process::spawn(
        [&text](int& v) {
            v = 2;
            text = "child";
            std::exit(v == 2 && text == "child" ? 0 : 1);
        },
        std::ref(value));
    CHECK(h.join().success());
    CHECK(value == 1);
    CHECK(text == "parent");
}

TEST_CASE("the arguments' copies are destroyed once in each process") {
    const number destroyed{0};
    struct counts {
        number destroyed;
        bool owns = true;
        explicit counts(number n) : destroyed(std::move(n)) {}
        counts(counts&& other) noexcept
            : destroyed(other.destroyed), owns(std::exchange(other.owns, false)) {}
        ~counts() {
            if (owns) ++*destroyed;
        }
    };
    process::spawn([](const counts&) {}, counts(destroyed)).join();
    CHECK(*destroyed == 2);
}

// ---- how it ends ----

TEST_CASE("what the function returns is ignored: the exit code is 0") {
    CHECK(process::spawn([] { return 7; }).join().code() == 0);
}

TEST_CASE("exit and _exit inside of a child give its exit code") {
    CHECK(process::spawn([] { std::exit(3); }).join().code() == 3);
    CHECK(process::spawn([] { ::_exit(4); }).join().code() == 4);
    CHECK(process::spawn([] { std::thread([] { std::exit(5); }).join(); }).join().code() == 5);
}

TEST_CASE("a signal that ends a child is told") {
    const process::options no_core{.limits = {.core = 0}};
    for (const int signal : {SIGKILL, SIGTERM, SIGUSR1, SIGALRM}) {
        const auto how = process::spawn([signal] { ::kill(::getpid(), signal); }).join();
        CHECK(how.signal() == signal);
        CHECK_FALSE(how.code());
    }
    const auto aborted = process::spawn(no_core, [] {
        ::signal(SIGABRT, SIG_DFL);
        std::abort();
    });
    auto& h = const_cast<process::handle&>(aborted);
    CHECK(h.join().signal() == SIGABRT);
}

TEST_CASE("an exception that leaves the function is told on stderr, and the exit code is 1") {
    const auto run = support::run_in_child([] {
        auto h = process::spawn({.name = "calc-0"}, [] { throw std::runtime_error("disk full"); });
        demand(h.join().code() == 1, "1");
        auto odd = process::spawn({.name = "calc-1"}, [] { throw 42; });
        demand(odd.join().code() == 1, "1");
    });
    CHECK(run.trouble() == "");
    CHECK(run.out.empty());
    CHECK(run.err == "braid: exception in process 'calc-0': std::runtime_error: disk full\n"
                     "braid: exception in process 'calc-1': int\n");
}

TEST_CASE("a child starts with its parent's hook for what leaves its function") {
    const number told{0};
    const auto before = braid::set_unhandled_hook([told](const braid::unhandled& what) {
        *told = what.strand == "process" && what.name == "calc" && what.exception != nullptr;
    });
    auto h = process::spawn({.name = "calc"}, [] { throw std::runtime_error("disk full"); });
    const auto how = h.join();
    braid::set_unhandled_hook(before);
    CHECK(how.code() == 1);
    CHECK(*told == 1);
}

TEST_CASE("stopped that leaves the function ends the child quietly, as by SIGTERM") {
    const auto run = support::run_in_child([] {
        auto h = process::spawn([](const std::stop_token&) {
            std::printf("written, ");
            process::sleep_for(1h);
        });
        std::this_thread::sleep_for(10ms);
        h.request_stop();
        demand(h.join().signal() == SIGTERM, "by SIGTERM");
        auto thrown = process::spawn([] {
            std::printf("too");
            throw braid::stopped();
        });
        demand(thrown.join().signal() == SIGTERM, "by SIGTERM");
    });
    CHECK(run.trouble() == "");
    CHECK(run.err.empty());
    CHECK((run.out == "written, too" || run.out == "too")); // asked before it began
}

// ---- output, handlers, destructors ----

TEST_CASE("what the parent had buffered is written once, and what the child printed too") {
    const auto run = support::run_in_child([] {
        std::printf("parent ");
        demand(process::spawn([] { std::printf("child "); }).join().success(), "returns");
        std::printf("again ");
        demand(process::spawn([] {
                   std::printf("exit ");
                   std::exit(0);
               })
                   .join()
                   .success(),
               "exits");
        std::FILE* const file = ::fdopen(::dup(1), "w");
        std::fprintf(file, "file ");
        demand(process::spawn([] {}).join().success(), "returns");
        std::fclose(file);
        std::printf("end");
    });
    CHECK(run.trouble() == "");
    CHECK(run.out == "parent child again exit file end");
}

TEST_CASE("a child runs its own handlers and writes its own output, and nothing of the parent's") {
    for (const char* const way : {"return", "exit", "throw", "fork"}) {
        INFO("the child's way to end: " << way);
        const auto run = support::run_program("ends_of_children", {way});
        CHECK(run.trouble() == "");
        CHECK(run.out == "parent's buffer, child's buffer, child's handler, parent ends, "
                         "parent's handler, parent's static object");
    }
}

TEST_CASE("a thread that waits for input does not hold up a spawn") {
    const auto run = support::run_in_child([] {
        int ends[2];
        demand(::pipe(ends) == 0 && ::dup2(ends[0], 0) == 0, "stdin is a pipe");
        std::thread reads([] { static_cast<void>(std::getchar()); }); // it has stdin's lock
        std::this_thread::sleep_for(20ms);
        demand(process::spawn([] { std::printf("child"); }).join().success(), "it ran");
        demand(::write(ends[1], "x", 1) == 1, "write");
        reads.join();
    });
    CHECK(run.trouble() == "");
    CHECK(run.out == "child");
}

// ---- names ----

TEST_CASE("a name is whole in the library and cut to 15 bytes in the kernel") {
    const number right{0};
    const std::string name = "a-name-of-more-than-15-bytes";
    auto h = process::spawn({.name = name}, [right] {
        *right = process::name() == "a-name-of-more-than-15-bytes";
        support::sleep_for_good();
    });
    CHECK(support::eventually([&] { return *right == 1; }));
    CHECK(support::text_of("/proc/" + std::to_string(h.id()) + "/comm") == "a-name-of-more-\n");
    CHECK(h.name() == name);
    h.kill();
}

TEST_CASE("children without a name get different ones") {
    auto first = process::spawn([] {});
    auto second = process::spawn([] {});
    CHECK(first.name().starts_with("process-"));
    CHECK(first.name() != second.name());
}

// ---- stopping ----

TEST_CASE("a generic function that can be called without a token takes none") {
    auto h = process::spawn([](auto&&...) { support::sleep_for_good(); });
    h.request_stop();
    CHECK(h.join().signal() == SIGTERM);
}

TEST_CASE("a function that takes a token is told, and its stop points throw") {
    const number step{0};
    auto h = process::spawn(
        [step](const std::stop_token& stop, int add) {
            *step += add;
            try {
                process::sleep_for(1h);
            } catch (const braid::stopped&) {
                *step += stop.stop_requested() ? 1 : 100;
            }
        },
        10);
    CHECK(support::eventually([&] { return *step == 10; }));
    h.request_stop();
    CHECK(h.join().success());
    CHECK(*step == 11);
}

TEST_CASE("asking twice, and asking by a plain SIGTERM, is the same") {
    auto h = process::spawn([](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(20ms); // a second one finds it asked
    });
    ::kill(h.id(), SIGTERM);
    h.request_stop();
    h.request_stop();
    CHECK(h.join().success());
}

// ---- what the child inherits ----

TEST_CASE("signal mask and dispositions in a child are the caller's") {
    const auto run = support::run_in_child([] {
        ::signal(SIGUSR1, SIG_IGN);
        ::signal(SIGUSR2, [](int) {});
        sigset_t some;
        sigemptyset(&some);
        sigaddset(&some, SIGHUP);
        ::pthread_sigmask(SIG_SETMASK, &some, nullptr);
        const auto check = [] {
            sigset_t now;
            ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
            for (const int n : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGPIPE}) {
                demand(sigismember(&now, n) == 0, "not held back");
            }
            demand(sigismember(&now, SIGHUP) == 1, "held back");
            demand(::signal(SIGUSR1, SIG_DFL) == SIG_IGN, "ignored");
            demand(::signal(SIGUSR2, SIG_DFL) != SIG_DFL, "handled");
            demand(::signal(SIGTERM, SIG_DFL) == SIG_DFL, "default");
            demand(::signal(SIGCHLD, SIG_DFL) == SIG_DFL, "default");
            demand(::signal(SIGPIPE, SIG_DFL) == SIG_DFL, "default");
        };
        demand(process::spawn(check).join().success(), "without options");
        demand(process::spawn({.new_session = true}, check).join().success(), "with options");
        auto takes_token = process::spawn([](const std::stop_token&) {});
        takes_token.join();
        check(); // the parent's own are as they were
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("standard input, output and error closed in the parent do no harm") {
    const auto run = support::run_in_child([] {
        const int err = ::fcntl(2, F_DUPFD_CLOEXEC, 10);
        for (const int n : {0, 1, 2}) ::close(n);
        bool good = true;
        for (int i = 0; i < 3; ++i) {
            process::queue<int> queue(1);
            auto h = process::spawn({.new_session = true}, [queue](const std::stop_token&) mutable {
                for (const int n : {0, 1, 2}) {
                    if (support::is_open(n)) std::exit(1);
                }
                queue.push(1);
            });
            good = good && h.join().success() && queue.size() == 1;
        }
        for (const int n : {0, 1, 2}) good = good && !support::is_open(n);
        ::dup2(err, 2);
        demand(good, "nothing of the library lies there");
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("a child has no more descriptors than its parent had") {
    const auto open = support::open_descriptors();
    const auto same = [&] { std::exit(support::open_descriptors() == open ? 0 : 1); };
    CHECK(process::spawn(same).join().success());
    CHECK(process::spawn({.limits = {.core = 0}, .new_session = true}, same).join().success());
    const auto takes_token = [&](const std::stop_token&) {
        const auto here = support::open_descriptors(); // with the bell for its stop request
        std::exit(here.size() == open.size() + 1 ? 0 : 1);
    };
    CHECK(process::spawn(takes_token).join().success());
    CHECK(support::open_descriptors() == open);
}

// ---- many ----

TEST_CASE("200 children that were started together leave no zombie and no descriptor") {
    const auto run = support::run_in_child([] {
        const auto open = support::open_descriptors();
        const number ran{0};
        std::vector<pid_t> ids;
        {
            std::vector<process::handle> children;
            for (int i = 0; i < 200; ++i) {
                children.push_back(process::spawn([ran] { ++*ran; }));
                ids.push_back(children.back().id());
            }
            std::sort(ids.begin(), ids.end());
            demand(std::adjacent_find(ids.begin(), ids.end()) == ids.end(), "all different");
        }
        demand(*ran == 200, "each ran");
        for (const pid_t id : ids) demand(support::state_of_process(id) == '-', "none is left");
        demand(!support::has_children(), "none is left");
        demand(support::open_descriptors() == open, "no descriptor is left");
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("several threads may start children at once") {
    const number ran{0};
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 15; ++i) {
                auto h = t % 2 == 0 ? process::spawn([ran] { ++*ran; })
                                    : process::spawn({.new_session = true}, [ran] { ++*ran; });
                if (h.join().success()) ++good;
            }
        });
    }
    for (auto& t : threads) t.join();
    CHECK(good == 60);
    CHECK(*ran == 60);
}

TEST_CASE("a child forked among threads that allocate, print and lock has sound locks") {
    if (support::address_sanitizer) {
        WARN("the locks of AddressSanitizer's own allocator are not sound in a child: not tested");
        return;
    }
    const auto run = support::run_in_child([] {
        std::atomic<bool> end{false};
        thread::mutex mutex;
        process::queue<int> queue(64);
        std::vector<std::thread> threads;
        threads.emplace_back([&] {
            while (!end) std::vector<std::string>(20, std::string(100, 'x')).clear();
        });
        threads.emplace_back([&] {
            while (!end) std::fputs("", stdout);
        });
        threads.emplace_back([&] {
            while (!end) {
                static_cast<void>(queue.try_push(1));
                static_cast<void>(queue.try_pop());
            }
        });
        threads.emplace_back([&] {
            while (!end) thread::spawn([&] { const std::scoped_lock hold(mutex); }).join();
        });
        for (int i = 0; i < 40; ++i) {
            process::queue<int> answers(1);
            auto h = process::spawn([&] {
                const std::string text(1000, 'y');
                std::printf("%s", text.substr(1000).c_str());
                static_cast<void>(queue.try_push(2));
                const auto answer = [&] { answers.push(static_cast<int>(text.size())); };
                // ThreadSanitizer ends a child of many threads that starts one.
                if (support::thread_sanitizer) return answer();
                thread::mutex own;
                auto t = thread::spawn([&] {
                    const std::scoped_lock hold(own);
                    answer();
                });
                t.join();
                if (!process::spawn([] {}).join().success()) std::exit(1);
            });
            const auto how = h.join_for(15s);
            h.kill();
            demand(how.has_value(), "it does not hang");
            demand(how->success(), "and ends well");
            demand(answers.pop() == 1000, "and did its work");
        }
        end = true;
        for (auto& t : threads) t.join();
    });
    CHECK(run.trouble() == "");
}

// ---- refusals ----

TEST_CASE("what this version does not have is a logic error, and there is no child") {
    const auto run = support::run_in_child([] {
        for (const process::options& how :
             {process::options{.daemon = true},
              process::options{.start = process::start_method::forkserver}}) {
            bool refused = false;
            try {
                static_cast<void>(process::spawn(how, [] {}));
            } catch (const std::logic_error&) {
                refused = true;
            }
            demand(refused, "refused");
        }
        demand(!support::has_children(), "there is no child");
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("an option that the system refuses gives an error in the parent, and no child") {
    const auto run = support::run_in_child([] {
        try {
            static_cast<void>(process::spawn({.cpus = {60'000}}, [] {}));
            demand(false, "it was refused");
        } catch (const std::system_error& e) {
            demand(std::string(e.what()).find("{60000}") != std::string::npos, e.what());
        }
        demand(!support::has_children(), "there is no child");
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("too many processes is an error that names fork, and there is no child") {
    const auto run = support::run_in_child([] {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return;
        const auto open = support::open_descriptors();
        const rlimit none{0, 0};
        demand(::setrlimit(RLIMIT_NPROC, &none) == 0, "setrlimit");
        for (const bool with_options : {false, true}) {
            try {
                auto h = process::spawn({.new_session = with_options}, [] {});
                h.join();
            } catch (const std::system_error& e) {
                demand(e.code().value() == EAGAIN, "EAGAIN");
                demand(std::string(e.what()).starts_with("fork: "), e.what());
            }
        }
        demand(!support::has_children(), "there is no child");
        demand(support::open_descriptors() == open, "no descriptor is left");
    });
    CHECK(run.trouble() == "");
}

TEST_CASE("a full table of descriptors is an error, and nothing has run") {
    const auto run = support::run_in_child([] {
        const number ran{0};
        process::spawn([] {}).join(); // UndefinedBehaviorSanitizer needs descriptors the first time
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const int first_free = ::dup(0);
        ::close(first_free);
        for (const int left : {0, 1, 2, 3}) {
            const auto open = support::open_descriptors();
            rlimit few = limit;
            few.rlim_cur = static_cast<rlim_t>(first_free + left);
            for (const bool with_options : {false, true}) {
                const bool enough = left >= (with_options ? 3 : 1); // a pidfd, a pipe
                *ran = 0;
                ::setrlimit(RLIMIT_NOFILE, &few);
                bool refused = false;
                try {
                    auto h = process::spawn({.new_session = with_options}, [&] { ++*ran; });
                    h.join();
                } catch (const std::system_error& e) {
                    ::setrlimit(RLIMIT_NOFILE, &limit); // UndefinedBehaviorSanitizer needs some
                    refused = e.code().value() == EMFILE;
                }
                ::setrlimit(RLIMIT_NOFILE, &limit);
                demand(refused != enough, "refused if there are too few");
                demand(*ran == (enough ? 1 : 0), "ran if there are enough");
            }
            demand(!support::has_children(), "there is no child");
            demand(support::open_descriptors() == open, "no descriptor is left");
        }
    });
    CHECK(run.trouble() == "");
}
