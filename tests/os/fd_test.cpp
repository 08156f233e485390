// SPDX-License-Identifier: MIT

#include <braid/os/event_fd.hpp>
#include <braid/os/fd.hpp>
#include <braid/os/file.hpp>
#include <braid/os/pidfd.hpp>
#include <braid/os/pipe.hpp>
#include <braid/os/resource.hpp>
#include <braid/os/shared_file.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>
#include <support/interruptions.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace os = braid::detail::os;
using braid::detail::core::deadline;
using os::fd;
using os::wait_readable;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<fd> && !std::is_copy_assignable_v<fd>);
static_assert(std::is_nothrow_move_constructible_v<fd> && std::is_nothrow_move_assignable_v<fd>);

namespace {

fd open_null() { return {::open("/dev/null", O_RDWR | O_CLOEXEC), "open"}; }

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read_once(const fd& from) {
    char text[100];
    return {text, from.read_some(std::as_writable_bytes(std::span(text)))};
}

/// Closes standard input, output and error while `f` runs.
template <class F> void without_standard_streams(F f) {
    int kept[3];
    for (int number = 0; number < 3; ++number) {
        kept[number] = ::fcntl(number, F_DUPFD_CLOEXEC, 100);
        ::close(number);
    }
    f();
    const bool still_closed = !support::is_open(0) && !support::is_open(1) && !support::is_open(2);
    for (int number = 0; number < 3; ++number) ::dup2(kept[number], number);
    support::demand(still_closed, "the standard three were left alone");
}

void demand_ours(int number) {
    support::demand(number > 2, "a descriptor of the library lies above 2");
    support::demand(support::is_close_on_exec(number), "it is closed on exec");
}

/// One descriptor of each kind that this floor makes.
struct one_of_each {
    os::pipe ends = os::pipe::create();
    fd file = os::make_memory_file("test", 4096);
    fd second = file.duplicate();
    os::event_fd bell;
    os::pidfd self = os::pidfd::open(::getpid());

    template <class F> void for_each(F f) const {
        for (const int number : {ends.read_end.get(), ends.write_end.get(), file.get(),
                                 second.get(), bell.get(), self.get()})
            f(number);
    }
};

} // namespace

TEST_CASE("a descriptor is closed at the end of its owner's scope") {
    int number = -1;
    {
        const fd file = open_null();
        number = file.get();
        CHECK(file);
        CHECK(support::is_open(number));
    }
    CHECK_FALSE(support::is_open(number));
}

TEST_CASE("an owner of no descriptor is false") {
    fd none;
    CHECK_FALSE(none);
    CHECK(none.get() == -1);
    none.close();
    CHECK(none.release() == -1);
}

TEST_CASE("a descriptor moves, is swapped, released and closed at once") {
    fd first = open_null();
    const int number = first.get();
    fd second = std::move(first);
    CHECK(second.get() == number);
    CHECK_FALSE(first);
    first = open_null();
    const int other = first.get();
    first = std::move(second); // closes what it had
    CHECK(first.get() == number);
    CHECK_FALSE(support::is_open(other));
    fd& same = first;
    first = std::move(same);
    CHECK(first.get() == number);
    CHECK(support::is_open(number));
    first.swap(second);
    CHECK_FALSE(first);
    CHECK(second.get() == number);
    CHECK(second.release() == number);
    CHECK_FALSE(second);
    CHECK(support::is_open(number));
    fd third(number, "again");
    third.close();
    CHECK_FALSE(third);
    CHECK_FALSE(support::is_open(number));
}

TEST_CASE("a failed call becomes a system_error that names the call") {
    try {
        errno = EMFILE;
        const fd refused(-1, "epoll_create1");
        FAIL("no exception");
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::too_many_files_open);
        CHECK(std::string(e.what()).rfind("epoll_create1: ", 0) == 0);
    }
    CHECK_THROWS_AS(fd().duplicate(), std::system_error);
}

TEST_CASE("a duplicate is another descriptor of the same open file, closed on exec") {
    const os::pipe ends = os::pipe::create();
    fd second = ends.write_end.duplicate();
    CHECK(second.get() != ends.write_end.get());
    CHECK(second.get() > 2);
    CHECK(support::is_close_on_exec(second.get()));
    CHECK(second.write_some(bytes("by the second")) == 13);
    CHECK(read_once(ends.read_end) == "by the second");
    second.close();
    CHECK(support::is_open(ends.write_end.get()));
}

TEST_CASE("every descriptor lies above 2 and is closed on exec, if the standard three are closed") {
    const auto child = support::run_in_child([] {
        std::size_t before = 0;
        without_standard_streams([&] {
            before = support::open_descriptors().size();
            {
                const one_of_each all;
                all.for_each(demand_ours);
                support::demand(os::read_file("/proc/self/stat").has_value(), "a file is read");
                support::demand(support::open_descriptors().size() == before + 6, "six, no more");
            }
            support::demand(support::open_descriptors().size() == before, "none is left open");
        });
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("a program that is started sees none of the library's descriptors") {
    const auto alone = support::run_program("list_descriptors");
    const auto child = support::run_in_child([] {
        const one_of_each all;
        all.for_each(demand_ours);
        support::become(support::program_path("list_descriptors"));
    });
    CHECK(alone.trouble() == "");
    CHECK(alone.out.rfind("0 1 2 ", 0) == 0);
    CHECK(child.trouble() == "");
    CHECK(child.out == alone.out);
}

TEST_CASE("a descriptor that cannot be moved above 2 is closed, and the refusal named") {
    const auto child = support::run_in_child([] {
        without_standard_streams([] {
            const int number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            support::demand(number == 0, "the first free number");
            os::set_limit(os::resource::files, 3, "files");
            try {
                const fd refused(number, "open");
                support::demand(false, "it cannot be moved");
            } catch (const std::system_error& e) {
                support::demand(std::string(e.what()).rfind("fcntl", 0) == 0, "fcntl refused");
            }
        });
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("reading and writing move what is there and what fits, and 0 bytes are the end") {
    os::pipe ends = os::pipe::create();
    CHECK(ends.write_end.write_some(bytes("words")) == 5);
    CHECK(read_once(ends.read_end) == "words");
    CHECK(ends.write_end.write_some(bytes("more words")) == 10);
    char few[4];
    CHECK(ends.read_end.read_some(std::as_writable_bytes(std::span(few))) == 4);
    CHECK(read_once(ends.read_end) == " words");
    ends.write_end.close();
    CHECK(read_once(ends.read_end).empty());
}

TEST_CASE("reading and writing tell what the kernel refused") {
    const os::pipe ends = os::pipe::create();
    std::byte one{};
    CHECK_THROWS_AS(ends.write_end.read_some({&one, 1}), std::system_error);
    CHECK_THROWS_AS(ends.read_end.write_some({&one, 1}), std::system_error);
    CHECK_THROWS_AS(fd().read_some({&one, 1}), std::system_error);
}

TEST_CASE("a wait for a descriptor ends when there is something to read, or the end") {
    os::pipe ends = os::pipe::create();
    CHECK_FALSE(wait_readable(ends.read_end.get(), deadline::passed()));
    CHECK(ends.write_end.write_some(bytes("!")) == 1);
    CHECK(wait_readable(ends.read_end.get(), deadline::passed()));
    CHECK(wait_readable(ends.read_end.get(), deadline::never()));
    CHECK(wait_readable(ends.read_end.get(), deadline::after(std::chrono::years(200))));
    CHECK(read_once(ends.read_end) == "!");
    CHECK_FALSE(wait_readable(ends.read_end.get(), deadline::passed()));
    ends.write_end.close();
    CHECK(wait_readable(ends.read_end.get(), deadline::never()));
}

TEST_CASE("a wait for two descriptors tells which can be read") {
    const os::pipe one = os::pipe::create();
    const os::pipe two = os::pipe::create();
    const auto look = [&] {
        return wait_readable(one.read_end.get(), two.read_end.get(), deadline::passed());
    };
    CHECK_FALSE(look());
    CHECK(two.write_end.write_some(bytes("2")) == 1);
    CHECK_FALSE(look().first);
    CHECK(look().second);
    CHECK(one.write_end.write_some(bytes("1")) == 1);
    CHECK(look().first);
    CHECK(look().second);
    CHECK(read_once(two.read_end) == "2");
    CHECK(look().first);
    CHECK_FALSE(look().second);
    CHECK(wait_readable(-1, one.read_end.get(), deadline::never()).second);
}

TEST_CASE("a wait for a descriptor ends at its deadline, not before") {
    const os::pipe ends = os::pipe::create();
    const auto until = deadline::after(20ms);
    CHECK_FALSE(wait_readable(ends.read_end.get(), until));
    CHECK(until.has_passed());
}

TEST_CASE("a wait for a descriptor that signals interrupt goes on, and ends at the same deadline") {
    const auto child = support::run_in_child([] {
        const os::pipe ends = os::pipe::create();
        const support::interruptions often;
        const auto until = deadline::after(50ms);
        support::demand(!wait_readable(ends.read_end.get(), until), "nothing to read");
        support::demand(until.has_passed(), "it waited to the end");
        support::demand(support::interruptions::count() > 2, "it was interrupted");
    });
    CHECK(child.trouble() == "");
}

TEST_CASE("reading and writing that signals interrupt go on") {
    const auto child = support::run_in_child([] {
        os::pipe to = os::pipe::create();
        os::pipe from = os::pipe::create();
        if (::fork() == 0) { // echoes, later than the signals
            to.write_end.close();
            ::usleep(30'000);
            for (std::string text = read_once(to.read_end); !text.empty();
                 text = read_once(to.read_end))
                static_cast<void>(from.write_end.write_some(bytes("x")));
            ::_exit(0);
        }
        const support::interruptions often;
        const std::string much(100'000, 'm'); // more than a pipe holds
        support::demand(to.write_end.write_some(bytes(much)) > 0, "written");
        to.write_end.close();
        support::demand(read_once(from.read_end).substr(0, 1) == "x", "read");
        support::demand(support::interruptions::count() > 2, "it was interrupted");
    });
    CHECK(child.trouble() == "");
}
