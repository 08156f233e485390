// SPDX-License-Identifier: MIT
#pragma once

// model/engine_steps — the engine's steps: who can go, what a step does, and what it touches.

#include <model/engine.hpp>

namespace model::detail {

// ---- who can go ----

inline process_set engine::enabled() const {
    process_set found = 0;
    for (int t = 0; t < count_; ++t) {
        if (can_go(t)) found |= only(t);
        if (!memory_.drained(t)) found |= only(buffer_of(t));
    }
    return found;
}

inline bool engine::can_go(int t) const {
    const thread& who = at(t);
    if (who.now != state::ready) return false;
    if (needs_drained(who.next) && !memory_.drained(t)) return false;
    if (who.next.what == kind::join) return others_finished(t);
    return who.next.what != kind::relax || spin_may_end(who);
}

inline bool engine::needs_drained(const operation& next) const {
    return next.what != kind::load && next.what != kind::relax;
}

inline bool engine::others_finished(int t) const {
    for (int other = 0; other < count_; ++other) {
        if (other != t && at(other).now != state::finished) return false;
    }
    return true;
}

/// Somebody wrote what the loop looked at: without that it would find the same again.
inline bool engine::spin_may_end(const thread& who) const {
    for (const auto& [where, version] : who.spun) {
        if (memory_.at(where).version != version) return true;
    }
    return false;
}

// ---- what a step does ----

inline void engine::step(int process) {
    const int t = thread_of(process);
    const process_set sleeping = search_.sleeping();
    std::array<footprint, max_processes> others;
    for (int p = 0; p < max_processes; ++p) {
        if ((sleeping & only(p)) != 0) others[static_cast<std::size_t>(p)] = forecast(p);
    }
    process_clock causes;
    if (process != t) {
        causes = memory_.next_issued(t);
    } else {
        if (needs_drained(at(t).next)) causes = search_.knowledge(buffer_of(t));
        if (at(t).next.what == kind::join) {
            for (int other = 0; other < count_; ++other) causes.join(search_.knowledge(other));
        }
    }
    woken_ = 0;
    const footprint touched = process == t ? execute(t) : flush(t);
    process_set unaffected = 0;
    for (int p = 0; p < max_processes; ++p) {
        const bool own = thread_of(p) == t && !touched.everything;
        if (p == process || (sleeping & only(p)) == 0) continue;
        if (own || !others[static_cast<std::size_t>(p)].conflicts(touched)) unaffected |= only(p);
    }
    search_.record(process, touched, causes, unaffected);
    for (int other = 0; other < count_; ++other) {
        if ((woken_ & only(other)) != 0) {
            search_.knowledge(other).join(search_.knowledge(process));
        }
    }
    if (!memory_.fault().empty()) fail(memory_.fault());
    run_ready();
}

/// What the next step of the process would touch.
inline footprint engine::forecast(int process) const {
    const int t = thread_of(process);
    footprint touched;
    if (process != t) {
        touched.add(content_key(memory_.next_flushed(t)), true);
        return touched;
    }
    const operation& next = at(t).next;
    const bool equal = next.where >= 0 && memory_.at(next.where).content == next.expected;
    switch (next.what) {
    case kind::load:
        touched.add(content_key(next.where), false);
        break;
    case kind::store:
    case kind::rmw:
        touched.add(content_key(next.where), true);
        break;
    case kind::compare:
        touched.add(content_key(next.where), equal);
        break;
    case kind::wait:
        touched.add(content_key(next.where), false);
        if (equal) touched.add(queue_key(next.where), true);
        break;
    case kind::wake:
        touched.add(queue_key(next.where), !memory_.at(next.where).sleepers.empty());
        break;
    case kind::relax:
        for (const auto& each : at(t).spun) touched.add(content_key(each.first), false);
        touched.everything |= forced_;
        break;
    case kind::drain:
    case kind::join:
        break;
    }
    return touched;
}

inline footprint engine::flush(int t) {
    const int where = memory_.next_flushed(t);
    const std::uint32_t before = memory_.at(where).version;
    memory_.flush(t);
    wrote(t, where, before);
    if (telling_) {
        note(t, "  its buffered store of " + std::to_string(memory_.at(where).content) +
                    " reaches " + memory_.name(where));
    }
    footprint touched;
    touched.add(content_key(where), true);
    return touched;
}

inline footprint engine::execute(int t) {
    thread& self = at(t);
    const operation& next = self.next;
    footprint touched;
    const bool on_content = next.what <= kind::compare || next.what == kind::wait;
    if (on_content) memory_.touch(t, next.where);
    const value old = on_content ? memory_.at(next.where).content : 0;
    const std::uint32_t before = on_content ? memory_.at(next.where).version : 0;
    carry_out(t, touched, old);
    if (on_content) wrote(t, next.where, before);
    note_step(t, old);
    if (self.now == state::ready) ready_.push_back(t);
    return touched;
}

inline void engine::carry_out(int t, footprint& touched, value old) {
    operation& next = at(t).next;
    switch (next.what) {
    case kind::load:
        return read(t, touched);
    case kind::store:
        touched.add(content_key(next.where), true);
        return memory_.store(t, next.where, next.operand, next.order);
    case kind::rmw:
        return write(t, touched, old, next.order);
    case kind::compare:
        if (old == next.expected) return write(t, touched, old, next.order);
        next.order = next.failure;
        return read(t, touched);
    case kind::wait:
        return sleep(t, touched);
    case kind::wake:
        return wake(t, touched, woken_);
    case kind::relax:
        return leave_spin(t, touched);
    case kind::drain:
        return;
    case kind::join:
        for (int other = 0; other < count_; ++other) memory_.joined(t, other);
    }
}

inline void engine::read(int t, footprint& touched) {
    thread& self = at(t);
    const int where = self.next.where;
    touched.add(content_key(where), false);
    self.answer = memory_.load(t, where, self.next.order);
    looked_at(t, where);
}

/// What the loop that the thread may be in depends on, since it first looked there.
inline void engine::looked_at(int t, int where) {
    for (const auto& each : at(t).spun) {
        if (each.first == where) return;
    }
    at(t).spun.emplace_back(where, memory_.at(where).version);
}

/// What a thread writes does not end its own spin.
inline void engine::wrote(int t, int where, std::uint32_t before) {
    for (auto& [place, version] : at(t).spun) {
        if (place == where && version == before) version = memory_.at(where).version;
    }
}

inline void engine::write(int t, footprint& touched, value old, std::memory_order order) {
    thread& self = at(t);
    touched.add(content_key(self.next.where), true);
    static_cast<void>(memory_.load(t, self.next.where, order));
    const value content = self.next.how(old, self.next.operand, self.next.mask);
    looked_at(t, self.next.where);
    memory_.replace(t, self.next.where, content, order);
    self.answer = old;
}

inline void engine::sleep(int t, footprint& touched) {
    thread& self = at(t);
    const int where = self.next.where;
    touched.add(content_key(where), false);
    self.answer = static_cast<value>(sleep_end::changed);
    if (memory_.at(where).content != self.next.expected) return;
    const int by_time = self.next.timed ? 1 : -1;
    const int by_chance = self.spurious_left > 0 ? 1 + self.next.timed : -1;
    const int alternatives = 1 + (by_time > 0) + (by_chance > 0);
    const int end = alternatives > 1 ? search_.choose(alternatives) : 0;
    if (end == by_time) {
        self.clock += jump;
        self.answer = static_cast<value>(sleep_end::timed_out);
        return;
    }
    self.answer = static_cast<value>(sleep_end::woken);
    if (end == by_chance) {
        --self.spurious_left;
        return;
    }
    touched.add(queue_key(where), true);
    memory_.at(where).sleepers.push_back(t);
    self.now = state::asleep;
}

inline void engine::wake(int t, footprint& touched, process_set& woken) {
    thread& self = at(t);
    auto& sleepers = memory_.at(self.next.where).sleepers;
    touched.add(queue_key(self.next.where), !sleepers.empty());
    std::size_t count = std::min(static_cast<std::size_t>(self.next.operand), sleepers.size());
    if (given_.wake_one_at_most) count = std::min<std::size_t>(count, 1);
    if (++self.wakes == given_.lose_wake) count = 0;
    for (std::size_t i = 0; i < count; ++i) {
        at(sleepers[i]).now = state::ready;
        woken |= only(sleepers[i]);
        ready_.push_back(sleepers[i]);
    }
    sleepers.erase(sleepers.begin(), sleepers.begin() + static_cast<std::ptrdiff_t>(count));
    self.answer = count;
}

inline void engine::leave_spin(int t, footprint& touched) {
    thread& self = at(t);
    for (const auto& each : self.spun) touched.add(content_key(each.first), false);
    self.spun.clear();
    if (!forced_) return;
    touched.everything = true;
    self.clock += jump;
    self.idle_rounds = self.idle_since == memory_.writes() ? self.idle_rounds + 1 : 1;
    self.idle_since = memory_.writes();
    if (self.idle_rounds > idle_limit) {
        fail("livelock: thread " + std::to_string(t) + " spins, and nobody else can go on");
    }
}

inline void engine::note_step(int t, value old) {
    if (!telling_) return;
    const thread& self = at(t);
    const operation& next = self.next;
    static constexpr std::array<const char*, 6> orders{"relaxed", "consume", "acquire",
                                                       "release", "acq_rel", "seq_cst"};
    std::string text = next.name;
    if (next.where >= 0) text += " " + memory_.name(next.where);
    if (next.what <= kind::compare) {
        text += std::string(" ") + orders[static_cast<std::size_t>(next.order)] + ": ";
        const value after = memory_.at(next.where).content;
        text += next.what == kind::load || after == old
                    ? std::to_string(next.what == kind::load ? self.answer : old)
                    : std::to_string(old) + " -> " + std::to_string(after);
    } else if (next.what == kind::wait) {
        static constexpr std::array<const char*, 3> ends{"wakes without reason", "has changed",
                                                         "times out"};
        text += " for " + std::to_string(next.expected) + ": ";
        text += self.now == state::asleep ? "sleeps" : ends[static_cast<std::size_t>(self.answer)];
    } else if (next.what == kind::wake) {
        text += ": wakes " + std::to_string(self.answer);
    }
    note(t, text);
}

} // namespace model::detail
