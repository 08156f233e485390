// SPDX-License-Identifier: MIT
#pragma once

// model/search — which schedules an exploration runs: the depth-first walk over all decisions, by
// running the program again and again from its beginning.
//
// A decision is either which process goes next or one of n outcomes of a step. The reduction is
// source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order
// reduction, POPL 2014, algorithm 1): two schedules that differ only in the order of steps that do
// not conflict are equivalent, and of each set of equivalent schedules at least one runs to its
// end. The search looks back from each step to the earlier ones that conflict with it and that
// nothing else orders, and sees to it that the other order is tried as well. A store buffer is a
// process of its own; it never conflicts with its own thread, which reads through it.

#include <model/options.hpp>

#include <cstddef>
#include <vector>

namespace model::detail {

class search {
public:
    explicit search(bool reduction) : reduction_(reduction) {}

    /// A new execution begins.
    void restart();

    /// The process that goes next, one of `enabled`; -1 if all that follows was seen before.
    int pick(process_set enabled);

    /// One of `alternatives` outcomes: 0 first, and each of the others in a later execution.
    int choose(int alternatives);

    /// The processes that need not go next, because that was explored.
    [[nodiscard]] process_set sleeping() const { return reduction_ ? asleep_ : 0; }

    /// The step of `process` is done: it touched `step`, and it could not have come before what
    /// `caused_by` knows. `unaffected` are those of sleeping() that it does not conflict with.
    void record(int process, const footprint& step, const process_clock& caused_by,
                process_set unaffected);

    /// What the process's last step depended on.
    process_clock& knowledge(int process) { return known_[static_cast<std::size_t>(process)]; }

    /// Turns to the next schedule; false if all were run.
    bool advance();

private:
    struct node {
        bool is_choice = false;
        int chosen = 0;
        int alternatives = 0;      // of a choice
        process_set enabled = 0;   // the rest: of a scheduling decision
        process_set backtrack = 0; // have to be tried here
        process_set done = 0;      // were
        process_set asleep = 0;    // need not
    };

    struct event {
        int process = 0;
        std::uint32_t number = 0; // among those of its process
        std::size_t decision = 0;
        footprint step;
        process_clock clock;
    };

    static bool before(const event& first, const process_clock& second) {
        return second.of(first.process) >= first.number;
    }
    process_clock order(event& latest, process_clock known);
    void reverse(std::size_t first, const event& latest);

    bool reduction_;
    std::vector<node> nodes_;
    std::size_t depth_ = 0;    // of the current execution
    std::size_t fresh_ = 0;    // decisions before this one were examined by earlier executions
    std::size_t decision_ = 0; // the latest scheduling decision
    process_set asleep_ = 0;
    int latest_ = 0;
    std::vector<event> events_;
    std::array<process_clock, max_processes> known_{};
    std::array<std::uint32_t, max_processes> steps_{};
};

// ---- implementation ----

inline void search::restart() {
    depth_ = 0;
    asleep_ = 0;
    latest_ = 0;
    events_.clear();
    known_ = {};
    steps_ = {};
}

inline int search::pick(process_set enabled) {
    decision_ = depth_++;
    if (decision_ == nodes_.size()) {
        node next;
        next.enabled = enabled;
        next.asleep = asleep_;
        const process_set candidates = enabled & ~sleeping();
        if (candidates == 0) return -1;
        next.chosen = latest_; // to go on with the same process makes traces that one can read
        for (int p = 0; (candidates & only(next.chosen)) == 0; ++p) next.chosen = p;
        next.backtrack = reduction_ ? only(next.chosen) : enabled;
        nodes_.push_back(next);
    }
    asleep_ = nodes_[decision_].asleep;
    latest_ = nodes_[decision_].chosen;
    return latest_;
}

inline int search::choose(int alternatives) {
    if (depth_ == nodes_.size()) {
        node next;
        next.is_choice = true;
        next.alternatives = alternatives;
        nodes_.push_back(next);
    }
    return nodes_[depth_++].chosen;
}

inline void search::record(int process, const footprint& step, const process_clock& caused_by,
                           process_set unaffected) {
    event latest{process, ++steps_[static_cast<std::size_t>(process)], decision_, step, {}};
    process_clock known = knowledge(process);
    known.join(caused_by);
    latest.clock = order(latest, known);
    latest.clock.of(process) = latest.number;
    knowledge(process) = latest.clock;
    events_.push_back(latest);
    asleep_ &= unaffected;
}

// Walks back over the events that conflict with the latest one. One that is not known yet, not even
// through those that follow it, races with it: they are neighbours in an equivalent schedule.
inline process_clock search::order(event& latest, process_clock known) {
    std::vector<std::size_t> races;
    for (std::size_t i = events_.size(); i-- > 0;) {
        const event& earlier = events_[i];
        if (thread_of(earlier.process) == thread_of(latest.process)) continue;
        if (before(earlier, known) || !earlier.step.conflicts(latest.step)) continue;
        known.join(earlier.clock);
        races.push_back(i);
    }
    latest.clock = known;
    if (reduction_ && decision_ >= fresh_) {
        for (const std::size_t first : races) reverse(first, latest);
    }
    return known;
}

// Of the events after `first` that do not depend on it, and the latest one: at least one process
// whose event can be the first of them has to be tried in place of `first`.
inline void search::reverse(std::size_t first, const event& latest) {
    std::vector<const event*> without;
    for (std::size_t i = first + 1; i < events_.size(); ++i) {
        if (!before(events_[first], events_[i].clock)) without.push_back(&events_[i]);
    }
    without.push_back(&latest);
    process_set seen = 0;
    process_set initials = 0;
    for (std::size_t i = 0; i < without.size(); ++i) {
        const process_set self = only(without[i]->process);
        if ((seen & self) != 0) continue;
        seen |= self;
        bool is_first = true;
        for (std::size_t j = 0; j < i; ++j) is_first &= !before(*without[j], without[i]->clock);
        if (is_first) initials |= self;
    }
    node& place = nodes_[events_[first].decision];
    initials &= place.enabled; // the latest step may be one that `first` made possible
    if (initials == 0 || (initials & place.backtrack) != 0) return;
    const process_set preferred = only(latest.process) & initials;
    place.backtrack |= preferred != 0 ? preferred : initials & (~initials + 1);
}

inline bool search::advance() {
    while (!nodes_.empty()) {
        node& last = nodes_.back();
        if (last.is_choice) {
            if (++last.chosen < last.alternatives) break;
        } else {
            last.done |= only(last.chosen);
            last.asleep |= only(last.chosen);
            const process_set left =
                last.backtrack & ~last.done & (reduction_ ? ~last.asleep : ~process_set{0});
            if (left != 0) {
                for (last.chosen = 0; (left & only(last.chosen)) == 0;) ++last.chosen;
                break;
            }
        }
        nodes_.pop_back();
    }
    if (nodes_.empty()) return false;
    // The step before a changed outcome is another step now.
    for (fresh_ = nodes_.size() - 1; fresh_ > 0 && nodes_[fresh_].is_choice;) --fresh_;
    return true;
}

} // namespace model::detail
