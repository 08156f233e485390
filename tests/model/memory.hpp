// SPDX-License-Identifier: MIT
#pragma once

// model/memory — the atomics and the plain data that an execution touches, by address: their
// values, the store buffers in front of them, who sleeps on them, and which of their uses
// happen before which.
//
// Values are those of total store order: one memory, and a FIFO of stores before it for each
// thread. Happens-before is C++'s: it comes from release and acquire (or the relaxed form beside a
// fence), so that plain data that only the processor's order protects is reported as a race.
//
// Not here: relaxed loads of values older than those in memory, and other reorderings that weaker
// processors do between atomics.

#include <model/options.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace model::detail {

using value = std::uint64_t;

/// An atomic, or a var.
struct place {
    const void* address = nullptr;
    bool plain = false;
    bool alive = true;
    value content = 0;
    std::uint32_t version = 0; // how often its content changed
    thread_clock published;    // what an acquire of the content makes visible
    thread_clock written;      // by plain writes; construction and destruction are such
    thread_clock read;         // by plain reads; all use of an atomic counts as such
    std::vector<int> sleepers; // threads, the longest first
};

class memory {
public:
    explicit memory(const options& given) : given_(given) {}

    void restart();

    /// The latest object at the address, or -1.
    [[nodiscard]] int find(const void* address) const;
    int construct(int thread, const void* address, bool plain, value content);
    /// For an object that was there before the execution.
    int adopt(const void* address, value content);
    void destroy(int thread, int where);

    void plain_read(int thread, int where);
    void plain_write(int thread, int where);

    /// An atomic operation begins: the object must be alive and the thread must know it.
    void touch(int thread, int where);
    value load(int thread, int where, std::memory_order order);
    void store(int thread, int where, value content, std::memory_order order);
    /// As a read-modify-write.
    void replace(int thread, int where, value content, std::memory_order order);
    void fence(int thread);

    /// What the thread's own buffer holds for the place.
    [[nodiscard]] std::optional<value> forwarded(int thread, int where) const;
    [[nodiscard]] bool buffers(std::memory_order order) const;
    [[nodiscard]] bool drained(int thread) const { return of(thread).buffer.empty(); }
    void buffer(int thread, int where, value content, std::memory_order order,
                const process_clock& issued);
    /// The oldest store of the buffer reaches memory.
    void flush(int thread);
    [[nodiscard]] int next_flushed(int thread) const { return of(thread).buffer.front().where; }
    [[nodiscard]] const process_clock& next_issued(int thread) const {
        return of(thread).buffer.front().issued;
    }

    void spawned(int parent, int child);
    void joined(int thread, int other) { of(thread).now.join(of(other).now); }

    place& at(int where) { return places_[static_cast<std::size_t>(where)]; }
    [[nodiscard]] const place& at(int where) const {
        return places_[static_cast<std::size_t>(where)];
    }
    [[nodiscard]] std::string name(int where) const;

    /// How often any atomic changed.
    [[nodiscard]] std::uint64_t writes() const { return writes_; }

    /// The first thing that went wrong, or empty.
    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    struct delayed {
        int where;
        value content;
        thread_clock published;
        process_clock issued;
    };
    struct view {
        thread_clock now;    // what happened before
        thread_clock seen;   // what relaxed loads found, for the next fence to acquire
        thread_clock fenced; // what the last fence releases through relaxed stores
        std::vector<delayed> buffer;
    };

    view& of(int thread) { return views_[static_cast<std::size_t>(thread)]; }
    [[nodiscard]] const view& of(int thread) const {
        return views_[static_cast<std::size_t>(thread)];
    }
    void put(int where, value content);
    void tick(int thread) { ++of(thread).now.of(thread); }
    void blame(int thread, int where, const thread_clock& unknown, const char* what);
    void acquire(int thread, const thread_clock& published, std::memory_order order);
    [[nodiscard]] const thread_clock& releasable(int thread, std::memory_order order) const;

    const options& given_;
    std::vector<place> places_;
    std::array<view, max_threads> views_;
    std::uint64_t writes_ = 0;
    std::string fault_;
};

// ---- implementation ----

inline void memory::restart() {
    places_.clear();
    views_ = {};
    for (int t = 0; t < max_threads; ++t) tick(t);
    writes_ = 0;
    fault_.clear();
}

inline int memory::find(const void* address) const {
    for (int i = static_cast<int>(places_.size()); i-- > 0;) {
        if (at(i).address == address) return i;
    }
    return -1;
}

inline int memory::adopt(const void* address, value content) {
    places_.emplace_back();
    places_.back().address = address;
    places_.back().content = content;
    return static_cast<int>(places_.size()) - 1;
}

inline int memory::construct(int thread, const void* address, bool plain, value content) {
    const int where = adopt(address, content);
    at(where).plain = plain;
    at(where).written.of(thread) = of(thread).now.of(thread);
    return where;
}

inline std::string memory::name(int where) const {
    return (at(where).plain ? "var #" : "atomic #") + std::to_string(where);
}

inline void memory::blame(int thread, int where, const thread_clock& unknown, const char* what) {
    const int other = of(thread).now.missing(unknown);
    if (other < 0 || !fault_.empty()) return;
    fault_ = "race: thread " + std::to_string(thread) + " " + what + " " + name(where) +
             ", and nothing orders that after what thread " + std::to_string(other) + " did to it";
}

inline void memory::touch(int thread, int where) {
    tick(thread);
    if (!at(where).alive && fault_.empty()) {
        fault_ = "use after destruction: thread " + std::to_string(thread) + " uses " + name(where);
    }
    blame(thread, where, at(where).written, "uses");
    at(where).read.of(thread) = of(thread).now.of(thread);
}

inline void memory::plain_read(int thread, int where) { touch(thread, where); }

inline void memory::plain_write(int thread, int where) {
    touch(thread, where);
    blame(thread, where, at(where).read, "writes");
    at(where).written.of(thread) = of(thread).now.of(thread);
}

inline void memory::destroy(int thread, int where) {
    tick(thread);
    blame(thread, where, at(where).written, "destroys");
    blame(thread, where, at(where).read, "destroys");
    at(where).alive = false;
}

inline std::optional<value> memory::forwarded(int thread, int where) const {
    const auto& own = of(thread).buffer;
    for (auto i = own.rbegin(); i != own.rend(); ++i) {
        if (i->where == where) return i->content;
    }
    return std::nullopt;
}

inline bool memory::buffers(std::memory_order order) const {
    return given_.store_buffers && (order != std::memory_order_seq_cst || given_.weaken_seq_cst);
}

inline void memory::acquire(int thread, const thread_clock& published, std::memory_order order) {
    const bool acquires = order == std::memory_order_acquire ||
                          order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
    (acquires && !given_.weaken_acquire ? of(thread).now : of(thread).seen).join(published);
}

inline const thread_clock& memory::releasable(int thread, std::memory_order order) const {
    const bool releases = order == std::memory_order_release ||
                          order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
    return releases && !given_.weaken_release ? of(thread).now : of(thread).fenced;
}

inline value memory::load(int thread, int where, std::memory_order order) {
    if (const auto own = forwarded(thread, where)) return *own;
    acquire(thread, at(where).published, order);
    return at(where).content;
}

inline void memory::put(int where, value content) {
    if (at(where).content == content) return;
    at(where).content = content;
    ++at(where).version;
    ++writes_;
}

inline void memory::store(int thread, int where, value content, std::memory_order order) {
    put(where, content);
    at(where).published = releasable(thread, order);
}

inline void memory::replace(int thread, int where, value content, std::memory_order order) {
    put(where, content);
    at(where).published.join(releasable(thread, order)); // goes on with the release sequence
}

inline void memory::fence(int thread) {
    tick(thread);
    of(thread).now.join(of(thread).seen);
    of(thread).fenced = of(thread).now;
}

inline void memory::buffer(int thread, int where, value content, std::memory_order order,
                           const process_clock& issued) {
    of(thread).buffer.push_back({where, content, releasable(thread, order), issued});
}

inline void memory::flush(int thread) {
    const delayed oldest = of(thread).buffer.front();
    of(thread).buffer.erase(of(thread).buffer.begin());
    put(oldest.where, oldest.content);
    at(oldest.where).published = oldest.published;
}

inline void memory::spawned(int parent, int child) {
    of(child).now.join(of(parent).now);
    tick(parent);
}

} // namespace model::detail
