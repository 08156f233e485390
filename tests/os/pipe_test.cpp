// SPDX-License-Identifier: MIT

#include <braid/os/pipe.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/descriptors.hpp>

#include <cstddef>
#include <system_error>

namespace os = braid::detail::os;

namespace {

bool is_refused() {
    try {
        static_cast<void>(os::pipe::create());
    } catch (const std::system_error& e) {
        return e.code() == std::errc::too_many_files_open;
    }
    return false;
}

} // namespace

TEST_CASE("what is written to one end of a pipe is read from the other") {
    os::pipe ends = os::pipe::create();
    const std::byte sent[] = {std::byte{1}, std::byte{0}, std::byte{255}};
    CHECK(ends.write_end.write_some(sent) == 3);
    std::byte got[10];
    CHECK(ends.read_end.read_some(got) == 3);
    CHECK(got[2] == std::byte{255});
    ends.write_end.close();
    CHECK(ends.read_end.read_some(got) == 0);
}

TEST_CASE("a pipe is at its end when the last copy of its write end is closed") {
    os::pipe ends = os::pipe::create();
    os::fd copy = ends.write_end.duplicate();
    ends.write_end.close();
    using braid::detail::core::deadline;
    CHECK_FALSE(os::wait_readable(ends.read_end.get(), deadline::passed()));
    copy.close();
    std::byte got[1];
    CHECK(ends.read_end.read_some(got) == 0);
}

TEST_CASE("both ends of a pipe are closed on exec, and closed at the end of their scope") {
    const auto before = support::open_descriptors();
    {
        const os::pipe ends = os::pipe::create();
        CHECK(support::is_close_on_exec(ends.read_end.get()));
        CHECK(support::is_close_on_exec(ends.write_end.get()));
        CHECK(support::open_descriptors().size() == before.size() + 2);
    }
    CHECK(support::open_descriptors() == before);
}

TEST_CASE("a pipe that finds no descriptor or one is refused, and keeps none") {
    const auto before = support::open_descriptors();
    for (const int left : {0, 1}) {
        bool refused = false;
        {
            const support::few_descriptors few(left);
            refused = is_refused();
        }
        CHECK(refused);
        CHECK(support::open_descriptors() == before);
    }
}

TEST_CASE("a pipe whose ends cannot both be moved above 2 is refused, and keeps none") {
    const auto child = support::run_in_child([] {
        ::close(0);
        ::close(1);
        const auto before = support::open_descriptors();
        bool refused = false;
        {
            const support::few_descriptors few(3); // 0, 1, and one above
            refused = is_refused();
        }
        support::demand(refused, "one end only can be moved");
        support::demand(support::open_descriptors() == before, "neither is left open");
    });
    CHECK(child.trouble() == "");
}
