// SPDX-License-Identifier: MIT
#pragma once

// model/engine_threads — the engine's other half: executions from beginning to end, what virtual
// threads call, and how an execution fails.

#include <model/engine.hpp>

namespace model::detail {

inline result engine::explore(const std::function<void()>& body) {
    result found;
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        const ending how = run(body);
        if (how == ending::failed) {
            telling_ = true; // once more, with the trace
            run(body);
            found.message = failure_;
            found.trace = trace_;
            return found;
        }
        ++(how == ending::complete ? found.executions : found.redundant);
        if (!search_.advance()) break;
        const std::uint64_t all = found.executions + found.redundant;
        const bool late = std::chrono::steady_clock::now() - begin > given_.max_time;
        if (is_sanitized && given_.reduction && all >= enough_under_sanitizers) break;
        if (all < given_.max_executions && !late) continue;
        found.ok = given_.allow_partial;
        if (!found.ok) found.message = "incomplete: more schedules than the bounds allow";
        return found;
    }
    found.ok = true;
    return found;
}

inline void engine::restart(const std::function<void()>& body) {
    memory_.restart();
    search_.restart();
    for (thread& each : threads_) {
        each.now = state::finished;
        each.body = nullptr;
    }
    count_ = 0;
    ready_.clear();
    release_kept();
    steps_ = 0;
    failure_.clear();
    trace_.clear();
    start(0, [this, &body] { finish_body(body); });
}

inline void engine::release_kept() {
    for (const kept& each : kept_) ::operator delete(each.object);
    kept_.clear();
}

inline void engine::finish_body(const std::function<void()>& body) {
    body();
    join_all();
    for (std::size_t i = kept_.size(); i-- > 0;) {
        if (kept_[i].destroy != nullptr) kept_[i].destroy(kept_[i].object);
    }
}

inline void engine::start(int t, std::function<void()> body) {
    thread& self = at(t);
    count_ = t + 1;
    self.body = std::move(body);
    self.now = state::ready;
    self.next = {};
    self.spun.clear();
    self.clock = jump; // not zero: a deadline in the past has room
    self.jumps_left = given_.time_jumps;
    self.spurious_left = given_.spurious_wakes;
    self.wakes = 0;
    self.idle_rounds = 0;
    self.stack.start([this, t] {
        at(t).body();
        if (!memory_.drained(t)) perform({.what = kind::drain, .name = "end of the thread"});
        at(t).now = state::finished;
    });
    ready_.push_back(t);
}

inline engine::ending engine::run(const std::function<void()>& body) {
    restart(body);
    run_ready();
    while (failure_.empty()) {
        if (at(0).now == state::finished) return ending::complete;
        forced_ = false;
        process_set candidates = enabled();
        if (candidates == 0) candidates = time_passes();
        if (!failure_.empty()) break;
        if (candidates == 0) return ending::redundant;
        const int process = search_.pick(candidates);
        if (process < 0) return ending::redundant;
        if (++steps_ > given_.max_steps) {
            fail("endless: more than " + std::to_string(given_.max_steps) + " steps");
            break;
        }
        step(process);
    }
    return ending::failed;
}

/// Each thread that has something to do runs up to its next operation.
inline void engine::run_ready() {
    for (std::size_t i = 0; i < ready_.size() && failure_.empty(); ++i) {
        running_ = ready_[i];
        inside_ = this;
        at(running_).stack.resume();
        inside_ = nullptr;
    }
    ready_.clear();
}

/// Nothing can go on. A run in which a wait with a time limit or a spin did not end, though it
/// could have, has its equivalents among those where it did.
inline process_set engine::time_passes() {
    process_set spinning = 0;
    std::string asleep;
    for (int t = 0; t < count_; ++t) {
        const thread& who = at(t);
        if (who.now == state::asleep) {
            if (who.next.timed) return 0;
            asleep += " " + std::to_string(t);
        } else if (who.now == state::ready && who.next.what == kind::relax) {
            if (who.jumps_left > 0) return 0;
            spinning |= only(t);
        }
    }
    if (spinning == 0) fail("deadlock: asleep for ever: thread" + asleep);
    forced_ = true;
    return spinning;
}

// ---- what a virtual thread calls ----

inline value engine::perform(operation what) {
    thread& self = at(running_);
    self.next = what;
    self.stack.suspend();
    return self.answer;
}

inline value engine::change(operation what) {
    if (!given_.tear_rmw) return perform(what);
    const value old = perform({.what = kind::load, .name = "load", .where = what.where});
    if (what.what == kind::compare && old != what.expected) return old;
    what.operand = what.how(old, what.operand, what.mask);
    what.what = kind::store;
    what.name = "torn store";
    perform(what);
    return old;
}

inline void engine::store(int where, value content, std::memory_order order) {
    if (!memory_.buffers(order)) {
        perform({.what = kind::store,
                 .name = "store",
                 .where = where,
                 .operand = content,
                 .order = order});
        return;
    }
    memory_.touch(running_, where);
    memory_.buffer(running_, where, content, order, search_.knowledge(running_));
    if (telling_) note(running_, "store " + memory_.name(where) + ": " + std::to_string(content));
    stop_at_fault();
}

inline void engine::fence() {
    if (given_.ignore_fences) return;
    if (!memory_.drained(running_)) perform({.what = kind::drain, .name = "fence"});
    memory_.fence(running_);
    note(running_, "fence");
}

inline void engine::relax() {
    thread& self = at(running_);
    if (self.spun.empty()) return;
    if (self.jumps_left > 0 && search_.choose(2) == 1) {
        --self.jumps_left;
        self.clock += jump;
        self.spun.clear();
        note(running_, "spins for an hour");
        return;
    }
    perform({.what = kind::relax, .name = "relax"});
}

inline std::chrono::nanoseconds engine::now() {
    thread& self = at(running_);
    if (self.jumps_left > 0 && search_.choose(2) == 1) {
        --self.jumps_left;
        self.clock += jump;
        note(running_, "finds that an hour has passed");
    }
    return self.clock;
}

inline void engine::spawn(std::function<void()> body) {
    if (count_ == max_threads) {
        fail("more threads than the model has room for");
        stop();
    }
    if (!memory_.drained(running_)) perform({.what = kind::drain, .name = "thread start"});
    const int child = count_;
    memory_.spawned(running_, child);
    search_.knowledge(child) = search_.knowledge(running_);
    if (telling_) note(running_, "starts thread " + std::to_string(child));
    start(child, std::move(body));
}

inline void engine::join_all() {
    if (running_ != 0) {
        fail("join_all() belongs to the body");
        stop();
    }
    perform({.what = kind::join, .name = "join_all"});
}

inline void engine::check(bool holds, const char* what) {
    if (holds) return;
    fail(std::string("check failed: ") + what);
    stop();
}

inline int engine::place_of(const void* address, value content) {
    const int where = memory_.find(address);
    return where >= 0 ? where : memory_.adopt(address, content);
}

inline void engine::born(const void* address, bool plain, value content) {
    memory_.construct(running_, address, plain, content);
}

inline void engine::gone(const void* address) {
    const int where = memory_.find(address);
    if (where < 0) return;
    if (telling_) note(running_, "destroys " + memory_.name(where));
    memory_.destroy(running_, where);
    stop_at_fault();
}

inline void engine::plain_access(const void* address, bool write) {
    const int where = memory_.find(address);
    if (where < 0) return;
    if (telling_) note(running_, (write ? "writes " : "reads ") + memory_.name(where));
    write ? memory_.plain_write(running_, where) : memory_.plain_read(running_, where);
    stop_at_fault();
}

inline void engine::keep(void* object, void (*destroy)(void*)) {
    kept_.push_back({object, destroy});
}

inline void engine::destroy_now(void* object) {
    for (kept& each : kept_) {
        if (each.object != object || each.destroy == nullptr) continue;
        each.destroy(object);
        each.destroy = nullptr;
    }
}

// ---- how an execution fails ----

inline void engine::fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
    if (telling_) trace_ += what + "\n";
}

/// Leaves the fiber where it is, for good: whatever lives on its stack leaks.
inline void engine::stop() {
    for (;;) at(running_).stack.suspend();
}

inline void engine::stop_at_fault() {
    if (memory_.fault().empty()) return;
    fail(memory_.fault());
    stop();
}

inline void engine::note(int t, const std::string& what) {
    if (telling_) trace_ += "thread " + std::to_string(t) + ": " + what + "\n";
}

} // namespace model::detail
