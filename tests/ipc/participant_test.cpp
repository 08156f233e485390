// SPDX-License-Identifier: MIT

#include <braid/ipc/participant.hpp>
#include <braid/os/mapping.hpp>
#include <braid/os/process.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/sanitizers.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace os = braid::detail::os;
using braid::detail::ipc::participant_table;
using identity = participant_table::identity;

namespace {

/// A table that forked children share.
class shared_table {
public:
    participant_table* operator->() const { return table_; }
    participant_table& operator*() const { return *table_; }

private:
    os::mapping memory_ = os::mapping::shared(sizeof(participant_table));
    participant_table* table_ = ::new (memory_.data()) participant_table;
};

const auto nothing_to_recover = [](std::size_t, identity) {};

/// Who has the pid in its high 24 bits and the start time below.
identity make_identity(pid_t id, std::uint64_t start) {
    return static_cast<identity>(static_cast<std::uint64_t>(id) << 40 | start);
}

/// A child that has joined, and was killed and reaped.
std::size_t dead_participant(participant_table& table) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    const pid_t id = ::fork();
    if (id == 0) {
        const std::size_t index = table.join(table.this_process(), nothing_to_recover);
        if (::write(ends[1], &index, sizeof index) < 0) ::_exit(1);
        ::raise(SIGKILL);
    }
    ::close(ends[1]);
    std::size_t index = 0;
    const auto count = ::read(ends[0], &index, sizeof index);
    ::close(ends[0]);
    ::waitpid(id, nullptr, 0);
    if (count != sizeof index) throw std::runtime_error("the child did not join");
    return index;
}

using calls = std::vector<std::pair<std::size_t, identity>>;

calls recovered(participant_table& table) {
    calls seen;
    table.recover_dead([&](std::size_t index, identity who) { seen.emplace_back(index, who); });
    return seen;
}

} // namespace

TEST_CASE("an identity is the pid and the time at which that process began") {
    const auto me = participant_table::this_process();
    CHECK(me != identity::nobody);
    CHECK(me == participant_table::this_process());
    CHECK(me == make_identity(::getpid(), os::process_start_time(::getpid())));
    const auto child = support::run_in_child(
        [&] { support::demand(participant_table::this_process() != me, "a child is another"); });
    CHECK(child.trouble() == "");
}

TEST_CASE("joining takes the first free place, and leaving gives it back") {
    const shared_table table;
    const auto me = participant_table::this_process();
    CHECK(table->at(0) == identity::nobody);
    CHECK(table->join(me, nothing_to_recover) == 0);
    CHECK(table->join(me, nothing_to_recover) == 1);
    CHECK(table->at(0) == me);
    table->leave(0);
    CHECK(table->at(0) == identity::nobody);
    CHECK(table->at(1) == me);
    CHECK(table->join(me, nothing_to_recover) == 0);
}

TEST_CASE("each of the dead is recovered once, with its index, and its place is free then") {
    const shared_table table;
    CHECK(table->join(participant_table::this_process(), nothing_to_recover) == 0);
    const std::size_t dead = dead_participant(*table);
    CHECK(dead == 1);
    const auto who = table->at(dead);
    CHECK(who != identity::nobody);
    CHECK(recovered(*table) == calls{{dead, who}});
    CHECK(table->at(dead) == identity::nobody);
    CHECK(table->at(0) != identity::nobody);
    CHECK(recovered(*table).empty());
}

TEST_CASE("a zombie is dead") {
    const shared_table table;
    const pid_t id = ::fork();
    if (id == 0) {
        static_cast<void>(table->join(participant_table::this_process(), nothing_to_recover));
        ::_exit(0);
    }
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOWAIT);
    CHECK(recovered(*table).size() == 1);
    ::waitpid(id, nullptr, 0);
}

TEST_CASE("who is alive is left alone, stopped or not") {
    const shared_table table;
    const pid_t id = ::fork();
    if (id == 0) {
        static_cast<void>(table->join(participant_table::this_process(), nothing_to_recover));
        ::raise(SIGSTOP);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(id, &status, WUNTRACED);
    CHECK(WIFSTOPPED(status));
    CHECK(recovered(*table).empty());
    ::kill(id, SIGKILL);
    ::waitpid(id, nullptr, 0);
    CHECK(recovered(*table).size() == 1);
}

TEST_CASE("a number that was given out again does not make the dead one alive") {
    const shared_table table;
    const auto start = os::process_start_time(::getpid());
    const auto before_me = make_identity(::getpid(), start - 1);
    CHECK(table->join(before_me, nothing_to_recover) == 0);
    CHECK(recovered(*table) == calls{{0, before_me}});
}

TEST_CASE("a process that could not learn when it began is alive while its number is") {
    const shared_table table;
    CHECK(table->join(make_identity(::getpid(), 0), nothing_to_recover) == 0);
    CHECK(recovered(*table).empty());
}

TEST_CASE("nobody is taken for dead because descriptors ran out") {
    const shared_table table;
    CHECK(table->join(participant_table::this_process(), nothing_to_recover) == 0);
    const auto child = support::run_in_child([&] {
        static_cast<void>(table->join(participant_table::this_process(), nothing_to_recover));
        const int first_free = ::dup(0);
        ::close(first_free);
        for (const int left : {0, 1, 2}) { // a pidfd takes one, /proc another
            // To look at an exception, UndefinedBehaviorSanitizer itself needs a descriptor.
            if (left == 0 && support::address_sanitizer) continue;
            rlimit few{};
            ::getrlimit(RLIMIT_NOFILE, &few);
            few.rlim_cur = static_cast<rlim_t>(first_free + left);
            support::demand(::setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
            support::demand(recovered(*table).empty(), "both live");
            support::demand(table->at(0) != identity::nobody, "the parent has its place");
            support::demand(table->at(1) != identity::nobody, "the child has its place");
        }
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a place is free only after all was given back") {
    const shared_table table;
    const std::size_t dead = dead_participant(*table);
    const auto who = table->at(dead);
    const auto fails = [](std::size_t, identity) {
        throw std::runtime_error("killed, as it were");
    };
    CHECK_THROWS_AS(table->recover_dead(fails), std::runtime_error);
    CHECK(table->at(dead) == who); // so the next one does it
    CHECK(recovered(*table) == calls{{dead, who}});
}

TEST_CASE("a full table makes room by recovering the dead") {
    const shared_table table;
    const auto me = participant_table::this_process();
    for (std::size_t i = 0; i < 7; ++i) static_cast<void>(table->join(me, nothing_to_recover));
    const std::size_t dead = dead_participant(*table);
    CHECK(dead == 7);
    const auto who = table->at(dead);
    for (std::size_t i = 8; i < participant_table::capacity; ++i) {
        REQUIRE(table->join(me, nothing_to_recover) == i);
    }
    calls seen;
    const auto recover = [&](std::size_t index, identity gone) { seen.emplace_back(index, gone); };
    CHECK(table->join(me, recover) == dead);
    CHECK(seen == calls{{dead, who}});
    CHECK(table->at(dead) == me);
}

TEST_CASE("a table full of the living refuses, and says how many there are") {
    const shared_table table;
    const auto me = participant_table::this_process();
    for (std::size_t i = 0; i < participant_table::capacity; ++i) {
        static_cast<void>(table->join(me, nothing_to_recover));
    }
    try {
        static_cast<void>(table->join(me, nothing_to_recover));
        FAIL("there was no place left");
    } catch (const std::system_error& e) {
        CHECK(e.code().value() == EUSERS);
        CHECK(std::string(e.what()).find("1024 processes") != std::string::npos);
    }
    table->leave(500);
    CHECK(table->join(me, nothing_to_recover) == 500);
}

TEST_CASE("two who recover at the same time do no harm") {
    const shared_table table;
    const std::size_t dead = dead_participant(*table);
    int calls_of_both = 0;
    table->recover_dead([&](std::size_t, identity) {
        ++calls_of_both;
        table->recover_dead([&](std::size_t, identity) { ++calls_of_both; }); // the faster one
        CHECK(table->join(participant_table::this_process(), nothing_to_recover) == dead);
    });
    CHECK(calls_of_both == 2);
    CHECK(table->at(dead) == participant_table::this_process()); // the slower one left it there
}

TEST_CASE("one participant alone can be recovered, if it is dead") {
    const shared_table table;
    CHECK(table->join(participant_table::this_process(), nothing_to_recover) == 0);
    const std::size_t first = dead_participant(*table);
    const std::size_t second = dead_participant(*table);
    const auto who = table->at(second);
    calls seen;
    const auto recover = [&](std::size_t index, identity gone) { seen.emplace_back(index, gone); };
    CHECK_FALSE(table->recover_if_dead(0, recover)); // alive
    CHECK_FALSE(table->recover_if_dead(7, recover)); // nobody
    CHECK(table->recover_if_dead(second, recover));
    CHECK_FALSE(table->recover_if_dead(second, recover));
    CHECK(seen == calls{{second, who}});
    CHECK(table->at(first) != identity::nobody);
}

TEST_CASE("a process of another pid namespace cannot join") {
    const shared_table table;
    const auto child = support::run_in_child([&] {
        if (::unshare(CLONE_NEWPID) != 0) return; // needs a privilege
        const pid_t id = ::fork();
        if (id == 0) {
            try {
                static_cast<void>(
                    table->join(participant_table::this_process(), nothing_to_recover));
            } catch (const std::system_error& e) {
                ::_exit(e.code().value() == EXDEV ? 0 : 1);
            }
            ::_exit(2);
        }
        int status = 0;
        ::waitpid(id, &status, 0);
        support::demand(status == 0, "EXDEV");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a process that sees no /proc can join, and takes nobody for dead") {
    const shared_table table;
    CHECK(table->join(participant_table::this_process(), nothing_to_recover) == 0);
    const auto child = support::run_in_child([&] {
        if (::chroot("/dev") != 0) return; // needs a privilege
        const auto me = participant_table::this_process();
        support::demand(table->join(me, nothing_to_recover) == 1, "it joined");
        support::demand(recovered(*table).empty(), "both live");
    });
    CHECK(child.trouble() == "");
}
