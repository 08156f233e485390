// SPDX-License-Identifier: MIT
#pragma once

// process/child — a child's life from the fork to its end, and what the parent hears of its start.
//
//   parent                                child
//   1  checks the options, makes a pipe
//   2  fork                               2  takes its name; applies its options
//   3  waits for the child's word, if     3  says "ready", or which option the system refused
//      there is an option to refuse       4  runs the function
//                                         5  runs its own atexit handlers, writes its output, ends
//
// A child that dies before its word is a child that died: the parent's handle says how.

#include <braid/core/error.hpp>
#include <braid/core/function_ref.hpp>
#include <braid/core/resource_limits.hpp>
#include <braid/exec/unhandled.hpp>
#include <braid/os/cpu.hpp>
#include <braid/os/event_fd.hpp>
#include <braid/os/fork.hpp>
#include <braid/os/pipe.hpp>
#include <braid/os/process.hpp>
#include <braid/os/resource.hpp>
#include <braid/os/signal.hpp>
#include <braid/os/thread.hpp>
#include <braid/process/identity.hpp>
#include <braid/process/options.hpp>
#include <braid/process/state.hpp>

#include <cmath>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace braid::inline v1::detail::process {

/// What a child's options come to, checked while a refusal is still the caller's.
class settings {
public:
    /// Throws: std::invalid_argument, std::system_error for what no system could do;
    /// std::logic_error for what this version cannot.
    explicit settings(const v1::process::options& how);

    /// True if the system may refuse something in the child.
    [[nodiscard]] bool may_be_refused() const noexcept {
        return new_session_ || cpus_ || !limits_.empty();
    }

    /// In the child. Throws: std::system_error naming what was refused.
    void apply() const;

private:
    struct limit {
        os::resource which;
        std::uint64_t value;
        const char* name;
    };
    void add_limits(const resource_limits& limits);

    bool new_session_;
    std::optional<os::cpu_set> cpus_;
    std::vector<limit> limits_;
};

/// Starts a child that runs `function` and ends with it.
/// Throws: std::system_error if it cannot be started or an option is refused, std::bad_alloc; then
/// there is none.
[[nodiscard]] std::shared_ptr<state> start_child(
    const v1::process::options& how, bool takes_token,
    function_ref<void(const std::stop_token&)> function);

// ---- implementation ----

inline settings::settings(const v1::process::options& how) : new_session_(how.new_session) {
    if (how.daemon) {
        throw std::logic_error("process::spawn: this version of braid has no daemon processes");
    }
    if (how.start != v1::process::start_method::fork) {
        throw std::logic_error("process::spawn: this version of braid has no fork server");
    }
    if (!how.cpus.empty()) {
        cpus_.emplace();
        how.cpus.for_each([&](int index) { cpus_->add(index); });
    }
    add_limits(how.limits);
}

inline void settings::add_limits(const resource_limits& limits) {
    const auto add = [&](os::resource which, const std::optional<count>& value, const char* name) {
        if (value) limits_.push_back({which, value->value(name), name});
    };
    add(os::resource::memory, limits.memory, "limits.memory");
    add(os::resource::files, limits.files, "limits.files");
    add(os::resource::file_size, limits.file_size, "limits.file_size");
    add(os::resource::core, limits.core, "limits.core");
    if (!limits.cpu_time.is_forever()) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits.cpu_time.nanoseconds());
        add(os::resource::cpu_time, count(seconds.count()), "limits.cpu_time");
    }
}

inline void settings::apply() const {
    if (new_session_) os::lead_new_session();
    if (cpus_) os::set_allowed_cpus(*cpus_);
    for (const limit& l : limits_) os::set_limit(l.which, l.value, l.name);
}

/// The child's word about its options.
struct start_report {
    int refused = 0; // errno
    char what[240] = {};

    void send(const os::fd& to) const { to.write_some(std::as_bytes(std::span(this, 1))); }
};

/// Applies the options and says so; ends the child if one is refused.
inline void apply_and_report(const settings& how, os::pipe word) {
    start_report report;
    try {
        how.apply();
    } catch (const std::system_error& e) {
        report.refused = e.code().value();
        std::string what = e.what(); // "call on object: reason"; the parent adds the reason again
        what.resize(what.rfind(": "));
        what.copy(report.what, sizeof report.what - 1);
    }
    report.send(word.write_end);
    if (report.refused != 0) os::leave_at_once(EXIT_FAILURE);
}

/// Turns SIGTERM, which is held back until then, into a stop request of this strand.
inline void watch_for_sigterm() {
    struct watch {
        os::event_fd bell;
        std::stop_source request;
    };
    // For as long as the process lives: the handler rings the bell.
    auto* const made = new watch{os::event_fd(), exec::this_strand().stop};
    const auto wait = [](void* raw) -> void* {
        auto& given = *static_cast<watch*>(raw);
        static_cast<void>(os::wait_readable(given.bell.get(), core::deadline::never()));
        given.request.request_stop();
        return nullptr;
    };
    {
        const os::signal_block all; // the user's handlers run on the user's threads
        os::thread(wait, made, {}).detach();
    }
    os::ring_on_signal(SIGTERM, made->bell);
    os::let_through(SIGTERM);
}

[[noreturn]] inline void run_child(child_identity self, const settings& how, os::pipe word,
                                   function_ref<void(const std::stop_token&)> function) noexcept {
    self.become();
    if (how.may_be_refused()) apply_and_report(how, std::move(word));
    try {
        const std::stop_source& stop = exec::this_strand().stop;
        if (stop.stop_possible()) watch_for_sigterm();
        function(stop.get_token());
    } catch (const stopped&) {
        os::flush_output();
        os::end_by_signal(SIGTERM);
    } catch (...) {
        exec::report_unhandled({"process", this_process().name, std::current_exception()});
        os::leave_child(EXIT_FAILURE);
    }
    os::leave_child(EXIT_SUCCESS);
}

/// Waits for the child's word. Throws: std::system_error if an option was refused.
inline void hear_of_start(state& child, const os::pipe& word) {
    static_cast<void>(
        os::wait_readable(word.read_end.get(), child.native_handle(), core::deadline::never()));
    if (!os::wait_readable(word.read_end.get(), core::deadline::passed())) return; // it died
    start_report report;
    const auto bytes = std::as_writable_bytes(std::span(&report, 1));
    if (word.read_end.read_some(bytes) != sizeof report || report.refused == 0) return;
    throw std::system_error(report.refused, std::generic_category(), report.what);
}

inline std::shared_ptr<state> start_child(const v1::process::options& how, bool takes_token,
                                          function_ref<void(const std::stop_token&)> function) {
    // All that may fail comes before the fork.
    const settings set(how);
    child_identity identity(how.name, takes_token);
    auto started = std::make_shared<state>(identity.name(), takes_token);
    os::pipe word;
    if (set.may_be_refused()) word = os::pipe::create();
    std::optional<os::signal_block> early; // a request that comes early waits for its watcher
    if (takes_token) early.emplace(std::initializer_list<int>{SIGTERM});

    os::forked forked = os::fork_process();
    if (forked.id == 0) run_child(std::move(identity), set, std::move(word), function);
    started->begin(std::move(forked));
    if (!set.may_be_refused()) return started;
    word.write_end.close();
    try {
        hear_of_start(*started, word);
    } catch (...) {
        const no_stop guard; // the child must not be left without a handle
        started->send_signal(SIGKILL);
        static_cast<void>(started->join_until(core::deadline::never()));
        throw;
    }
    return started;
}

} // namespace braid::inline v1::detail::process
