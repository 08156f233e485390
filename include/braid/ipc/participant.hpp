// SPDX-License-Identifier: MIT
#pragma once

// ipc/participant — which processes use a piece of shared memory, so that what a dead one held can
// be given back.
//
// A participant is one word: 0, or a pid (22 bits) with the time at which that process began (40
// bits, in ticks: 348 years). One compare-and-swap both takes the place and says who has it, so no
// crash leaves a place that nobody can judge. Its index is what the process writes into what it
// holds.
//
// Invariants:  I1  a place goes from 0 to a process by that process, and back to 0 by whoever found
//                  it dead and has given back all that it held.
//              I2  so while a place names a dead process, whatever bears its index is the dead
//                  one's.
// Dead is who is gone or a zombie, as the kernel says; never who was silent for long. A process
// that runs another program by exec is alive until that program ends.

#include <braid/core/atomic.hpp>
#include <braid/os/process.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace braid::inline v1::detail::ipc {

/// The processes that use one object in shared memory.
class participant_table {
public:
    static constexpr std::size_t capacity = 1024;

    /// Who a place names.
    enum class identity : std::uint64_t { nobody = 0 };

    [[nodiscard]] static identity this_process();

    /// Takes a place for `who` and returns its index. `recover(index)` gives back what a dead
    /// participant held; it is called when all places are taken.
    /// Throws: std::system_error: EUSERS if 1,024 living processes have them, EXDEV in another pid
    /// namespace than that of the process that made the table.
    template <class Recover> std::size_t join(identity who, Recover recover);

    /// Gives a place back. Requires: it is the caller's own, and nothing bears its index.
    void leave(std::size_t index) noexcept {
        places_[index].store(0, core::release); // sync: the place's owner (release)
    }

    [[nodiscard]] identity at(std::size_t index) const noexcept {
        // sync: the place's owner (acquire)
        return static_cast<identity>(places_[index].load(core::acquire));
    }

    /// For each participant that is dead: `recover(index, identity)`, then its place is free.
    template <class Recover> void recover_dead(Recover recover);

    /// The same for one of them; true if it was dead.
    template <class Recover> bool recover_if_dead(std::size_t index, Recover recover);

private:
    static constexpr int start_bits = 40;

    [[nodiscard]] static bool is_dead(identity who);

    const std::uint64_t pid_namespace_ = os::pid_namespace();
    core::atomic<std::uint64_t> places_[capacity] = {};
};

// ---- implementation ----

inline auto participant_table::this_process() -> identity {
    const auto id = static_cast<std::uint64_t>(os::process_id());
    const std::uint64_t start = os::process_start_time(os::process_id());
    return static_cast<identity>(id << start_bits | (start & ((1ULL << start_bits) - 1)));
}

inline bool participant_table::is_dead(identity who) {
    const auto bits = static_cast<std::uint64_t>(who);
    return !os::is_alive(static_cast<pid_t>(bits >> start_bits), bits & ((1ULL << start_bits) - 1));
}

template <class Recover> std::size_t participant_table::join(identity who, Recover recover) {
    const std::uint64_t here = os::pid_namespace();
    if (here != pid_namespace_ && here != 0 && pid_namespace_ != 0) { // 0: nobody can tell
        throw std::system_error(EXDEV, std::generic_category(),
                                "joining shared memory from another pid namespace, where nobody "
                                "can tell whether a participant lives");
    }
    for (const bool last_try : {false, true}) {
        for (std::size_t index = 0; index < capacity; ++index) {
            std::uint64_t free = 0;
            // sync: the place's owner (acquire, release)
            if (places_[index].compare_exchange_strong(free, static_cast<std::uint64_t>(who),
                                                       core::acq_rel, core::relaxed)) {
                return index;
            }
        }
        if (!last_try) recover_dead(recover);
    }
    throw std::system_error(EUSERS, std::generic_category(),
                            "joining shared memory that 1024 processes use");
}

template <class Recover>
bool participant_table::recover_if_dead(std::size_t index, Recover recover) {
    const identity who = at(index);
    if (who == identity::nobody || !is_dead(who)) return false;
    recover(index, who);
    auto dead = static_cast<std::uint64_t>(who);
    // sync: the place's owner (release). Another may have done the same: then this fails.
    places_[index].compare_exchange_strong(dead, 0, core::release, core::relaxed);
    return true;
}

template <class Recover> void participant_table::recover_dead(Recover recover) {
    for (std::size_t index = 0; index < capacity; ++index) recover_if_dead(index, recover);
}

} // namespace braid::inline v1::detail::ipc
