// SPDX-License-Identifier: MIT
#pragma once

// core/exit_status — how a process ended.

#include <csignal>
#include <optional>
#include <string>

namespace braid::inline v1 {

/// How a process ended: with an exit code, by a signal, or unknown, when somebody else took its
/// status (a foreign `waitpid(-1)`, or SIGCHLD ignored).
class exit_status {
public:
    /// Unknown.
    constexpr exit_status() noexcept = default;

    [[nodiscard]] static constexpr exit_status exited(int code) noexcept {
        return {kind::exited, code};
    }
    [[nodiscard]] static constexpr exit_status killed(int signal, bool core_dumped) noexcept {
        return {core_dumped ? kind::dumped : kind::killed, signal};
    }

    /// It ended with exit code 0.
    [[nodiscard]] constexpr bool success() const noexcept {
        return kind_ == kind::exited && value_ == 0;
    }
    [[nodiscard]] constexpr bool known() const noexcept { return kind_ != kind::unknown; }

    /// The exit code, unless a signal ended it.
    [[nodiscard]] constexpr std::optional<int> code() const noexcept {
        if (kind_ != kind::exited) return std::nullopt;
        return value_;
    }

    /// The signal that ended it, if one did.
    [[nodiscard]] constexpr std::optional<int> signal() const noexcept {
        if (kind_ != kind::killed && kind_ != kind::dumped) return std::nullopt;
        return value_;
    }
    [[nodiscard]] constexpr bool core_dumped() const noexcept { return kind_ == kind::dumped; }

    /// "exited with code 3", "killed by SIGSEGV (core dumped)", "ended, nobody knows how".
    [[nodiscard]] std::string to_string() const;

    friend constexpr bool operator==(const exit_status&, const exit_status&) noexcept = default;

private:
    enum class kind : unsigned char { unknown, exited, killed, dumped };
    constexpr exit_status(kind k, int value) noexcept : kind_(k), value_(value) {}

    kind kind_ = kind::unknown;
    int value_ = 0;
};

// ---- implementation ----

namespace detail::core {

/// "SIGKILL"; "signal 35" for one without a name of its own.
inline std::string signal_name(int number) {
    struct entry {
        int number;
        const char* name;
    };
    static constexpr entry table[] = {
        {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},
        {SIGILL, "SIGILL"},       {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
        {SIGBUS, "SIGBUS"},       {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"},
        {SIGUSR1, "SIGUSR1"},     {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
        {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
        {SIGCHLD, "SIGCHLD"},     {SIGCONT, "SIGCONT"}, {SIGSTOP, "SIGSTOP"},
        {SIGTSTP, "SIGTSTP"},     {SIGTTIN, "SIGTTIN"}, {SIGTTOU, "SIGTTOU"},
        {SIGURG, "SIGURG"},       {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
        {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGWINCH, "SIGWINCH"},
        {SIGIO, "SIGIO"},         {SIGPWR, "SIGPWR"},   {SIGSYS, "SIGSYS"},
    };
    for (const entry& known : table) {
        if (known.number == number) return known.name;
    }
    return "signal " + std::to_string(number);
}

} // namespace detail::core

inline std::string exit_status::to_string() const {
    switch (kind_) {
    case kind::exited:
        return "exited with code " + std::to_string(value_);
    case kind::killed:
        return "killed by " + detail::core::signal_name(value_);
    case kind::dumped:
        return "killed by " + detail::core::signal_name(value_) + " (core dumped)";
    case kind::unknown:
        break;
    }
    return "ended, nobody knows how";
}

} // namespace braid::inline v1
