// SPDX-License-Identifier: MIT
#pragma once

// exec/stop — how a strand is asked to stop, and how its waits hear of it.
//
// A wait that is a stop point registers, before it sleeps, what wakes it (on_stop), and looks for
// the request after it has announced itself to what it waits for. So a request that comes before
// the sleep is seen, and one that comes after it wakes.

#include <braid/core/deadline.hpp>
#include <braid/core/error.hpp>
#include <braid/exec/strand.hpp>
#include <braid/sync/backoff.hpp>
#include <braid/sync/event_count.hpp>
#include <braid/sync/parker.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace braid::inline v1 {

/// While one lives, the waits of this strand are no stop points.
class [[nodiscard]] no_stop {
public:
    no_stop() : strand_(detail::exec::this_strand()) {
        strand_.no_stop.fetch_add(1, detail::core::relaxed); // relaxed: this strand's own
    }
    no_stop(const no_stop&) = delete;
    no_stop& operator=(const no_stop&) = delete;
    ~no_stop() { strand_.no_stop.fetch_sub(1, detail::core::relaxed); } // relaxed: as above

private:
    detail::exec::strand& strand_;
};

namespace detail::exec {

/// True if a wait of this strand can be ended by a stop request: the strand can be asked, and
/// nothing forbids it here.
[[nodiscard]] inline bool can_stop() {
    const strand& self = this_strand();
    // relaxed: this strand's own
    return self.stop.stop_possible() && self.no_stop.load(core::relaxed) == 0 &&
           std::uncaught_exceptions() == 0;
}

/// True if a wait of this strand should end now.
[[nodiscard]] inline bool should_stop() {
    return can_stop() && this_strand().stop.stop_requested();
}

/// Throws `stopped` if this strand should stop.
inline void stop_point() {
    if (should_stop()) throw stopped();
}

/// Calls `wake` once this strand is asked to stop, at once if it was, and not after the scope.
template <class Wake> class [[nodiscard]] on_stop {
public:
    explicit on_stop(Wake wake) {
        const strand& self = this_strand();
        if (self.stop.stop_possible()) callback_.emplace(self.stop.get_token(), std::move(wake));
    }

private:
    std::optional<std::stop_callback<Wake>> callback_;
};

/// Waits until `ready()`, which `bell` tells of; false at the deadline. A stop point.
template <sync::wait_scope Scope, class Ready>
[[nodiscard]] bool wait_until_ready(sync::event_count<Scope>& bell, Ready ready,
                                    core::deadline until) {
    for (sync::backoff hope;;) {
        if (ready()) return true;
        if (!hope.pause()) break;
    }
    const on_stop ring([&]() noexcept { bell.notify_all(); });
    for (;;) {
        const auto seen = bell.prepare();
        const bool done = ready();
        if (done || should_stop()) {
            bell.cancel();
            if (done) return true;
            throw stopped();
        }
        // A bell that never rests must not carry the wait past its deadline.
        if (!bell.wait(seen, until) || until.has_passed()) return ready();
    }
}

/// Does nothing until the deadline. A stop point.
inline void sleep_until(core::deadline until) {
    sync::parker<sync::local_scope> bed;
    const on_stop get_up([&]() noexcept { bed.unpark(); });
    do stop_point();
    while (bed.park_until(until));
}

} // namespace detail::exec

} // namespace braid::inline v1
