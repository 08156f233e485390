// SPDX-License-Identifier: MIT

// Crash points, all of them: a child does one operation on a queue in shared memory, one machine
// instruction at a time. What a process that is killed after an instruction leaves behind is the
// shared memory as it is then, so each state of it that is seen is kept; when the child is dead,
// each is put back, recovered from, and examined. At some of those instructions a child really is
// killed.

#include <braid/ipc/shm_queue.hpp>
#include <braid/os/mapping.hpp>

#include <support/catch.hpp>
#include <support/sanitizers.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace os = braid::detail::os;
using braid::detail::ipc::attempt;
using braid::detail::ipc::turns;

namespace {

// ---- the queue under test ----

struct message {
    std::uint64_t id;
    std::uint64_t words[7];
};

message message_of(std::uint64_t id) {
    message m{id, {}};
    for (std::uint64_t& word : m.words) word = id = id * 6364136223846793005U + 1;
    return m;
}

bool is_whole(const message& m) {
    const message expected = message_of(m.id);
    return std::memcmp(&expected, &m, sizeof m) == 0;
}

using queue_type = braid::detail::ipc::shm_queue<message>;
using ids = std::vector<std::uint64_t>;
constexpr std::uint64_t capacity = 3;

/// A queue whose memory can be taken and put back, and what the child tells of its operation.
class rig {
public:
    explicit rig(std::uint64_t first_turn) {
        ::new (memory_.data()) queue_type(capacity, first_turn);
    }

    queue_type& queue() { return *std::launder(reinterpret_cast<queue_type*>(memory_.data())); }
    std::uint64_t& result() { return *reinterpret_cast<std::uint64_t*>(told_.data()); }

    /// Of slot `turn mod capacity`.
    [[nodiscard]] std::uint64_t& word(std::uint64_t turn) {
        const std::size_t size = queue_type::size_for(2) - queue_type::size_for(1);
        std::byte* const slots = memory_.data() + sizeof(queue_type);
        return *reinterpret_cast<std::uint64_t*>(slots + turn % capacity * size);
    }

    [[nodiscard]] std::vector<std::byte> take() const {
        return {memory_.data(), memory_.data() + memory_.size()};
    }
    [[nodiscard]] bool is_as(const std::vector<std::byte>& then) const {
        return std::memcmp(memory_.data(), then.data(), then.size()) == 0;
    }
    void put_back(const std::vector<std::byte>& then) {
        std::memcpy(memory_.data(), then.data(), then.size());
    }

    void push(std::size_t self, std::uint64_t id) {
        if (queue().try_push(self, message_of(id)) != attempt::done) {
            throw std::runtime_error("a push into a queue that has room");
        }
    }

    /// All that is in it.
    ids drain(std::size_t self) {
        ids found;
        for (;;) {
            std::optional<message> value;
            const attempt last = queue().try_pop(self, value);
            if (last == attempt::full || last == attempt::closed) return found;
            if (last == attempt::pending && queue().recover_pop()) continue;
            if (last == attempt::pending) throw std::runtime_error("nobody writes any more");
            if (!is_whole(*value)) throw std::runtime_error("a torn value");
            found.push_back(value->id);
        }
    }

    /// The whole capacity can be used, three times.
    bool is_sound(std::size_t self) {
        for (std::uint64_t lap = 0; lap < 3; ++lap) {
            ids pushed;
            for (std::uint64_t i = 0; i < capacity; ++i) {
                pushed.push_back(1000 + lap * 10 + i);
                const message value = message_of(pushed.back());
                attempt last = queue().try_push(self, value);
                if (last == attempt::full && queue().recover_push()) {
                    last = queue().try_push(self, value);
                }
                if (last != attempt::done) return false;
                if (queue().size() != i + 1) return false;
            }
            if (queue().try_push(self, message_of(9)) != attempt::full) return false;
            if (drain(self) != pushed) return false;
        }
        return true;
    }

private:
    os::mapping memory_ = os::mapping::shared(queue_type::size_for(capacity));
    os::mapping told_ = os::mapping::shared(sizeof(std::uint64_t));
};

// ---- the child ----

/// A child that runs `prepare()`, and then `operate()` instruction by instruction.
class stepper {
public:
    template <class Prepare, class Operate> stepper(Prepare prepare, Operate operate)
        : id_(::fork()) {
        if (id_ < 0) throw std::runtime_error("fork");
        if (id_ == 0) {
            prepare();
            if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
            ::raise(SIGSTOP);
            operate();
            ::raise(SIGSTOP);
            ::_exit(0);
        }
        allowed_ = wait() == SIGSTOP && step();
    }
    stepper(const stepper&) = delete;
    stepper& operator=(const stepper&) = delete;
    ~stepper() { kill(); }

    /// False where tracing is forbidden.
    [[nodiscard]] bool allowed() const { return allowed_; }

    /// Runs one instruction; false once `operate` has returned.
    bool step() {
        return ::ptrace(PTRACE_SINGLESTEP, id_, nullptr, nullptr) == 0 && wait() == SIGTRAP;
    }

    void kill() {
        if (id_ <= 0) return;
        ::kill(id_, SIGKILL);
        ::waitpid(std::exchange(id_, 0), nullptr, 0);
    }

private:
    /// What it stopped for; 0 if it has ended.
    int wait() {
        int status = 0;
        if (::waitpid(id_, &status, 0) != id_) throw std::runtime_error("waitpid");
        if (WIFSTOPPED(status)) return WSTOPSIG(status);
        id_ = 0;
        return 0;
    }

    pid_t id_;
    bool allowed_ = false;
};

// ---- one operation ----

/// An operation of a child that has joined as `self`, on a queue in which there is something.
struct operation {
    std::function<void(rig&)> before; ///< by this process, which is participant 0
    std::function<void(rig&, std::size_t self)> run;
};

struct trace {
    std::vector<std::vector<std::byte>> states; ///< different ones, in their order
    std::vector<long> began;                    ///< after which instruction
    long instructions = 0;
};

constexpr std::uint64_t middle = 3000; // a turn that is far from the wrap

/// The turn of the first value: each slot is first once, and the wrap is met everywhere.
ids first_turns() {
    const std::uint64_t end = turns(capacity).modulus();
    return {middle, middle + 1, middle + 2, end - 4, end - 3, end - 2, end - 1};
}

void begin(rig& on, const operation& what) {
    if (on.queue().join() != 0) throw std::runtime_error("this process is participant 0");
    what.before(on);
}

template <class AtEach> bool run_stepwise(rig& on, const operation& what, AtEach at_each) {
    if (support::thread_sanitizer) {
        WARN("most instructions are ThreadSanitizer's own: crash points were not examined");
        return false;
    }
    std::size_t self = 0;
    stepper child([&] { self = on.queue().join(); }, [&] { what.run(on, self); });
    if (!child.allowed()) {
        WARN("this process may not trace its children (ptrace): crash points were not examined");
        return false;
    }
    long instructions = 1;
    do at_each(child, instructions++);
    while (child.step());
    return true;
}

/// All states that the shared memory goes through; none where tracing is forbidden.
trace trace_of(rig& on, const operation& what) {
    trace seen;
    static_cast<void>(run_stepwise(on, what, [&](stepper&, long instruction) {
        seen.instructions = instruction;
        if (!seen.states.empty() && on.is_as(seen.states.back())) return;
        seen.states.push_back(on.take());
        seen.began.push_back(instruction);
    }));
    return seen;
}

/// What is in the queue after a crash in each of the states, each time recovered and found sound.
std::vector<ids> left_after(rig& on, const trace& seen) {
    std::vector<ids> left;
    for (std::size_t i = 0; i < seen.states.size(); ++i) {
        INFO("killed after " << seen.began[i] << " of " << seen.instructions << " instructions");
        on.put_back(seen.states[i]);
        left.push_back(on.drain(0));
        if (!on.queue().closed()) REQUIRE(on.is_sound(0));
    }
    return left;
}

/// Kills a child after `instructions`, and gives what is in the queue then.
ids left_by_killed(const operation& what, std::uint64_t first_turn, long instructions) {
    rig on(first_turn);
    begin(on, what);
    static_cast<void>(run_stepwise(on, what, [&](stepper& child, long instruction) {
        if (instruction == instructions) child.kill();
    }));
    ids left = on.drain(0);
    if (!on.queue().closed()) REQUIRE(on.is_sound(0));
    return left;
}

/// At each crash point the queue holds `before`, and from some point on `after`.
void examine(const operation& what, const ids& before, const ids& after,
             const ids& turns_to_begin_at = first_turns()) {
    for (const std::uint64_t first_turn : turns_to_begin_at) {
        INFO("the first value has turn " << first_turn);
        rig on(first_turn);
        begin(on, what);
        const trace seen = trace_of(on, what);
        if (seen.states.empty()) return;
        const std::vector<ids> left = left_after(on, seen);
        const auto turning_point = std::find(left.begin(), left.end(), after);
        CHECK(std::all_of(left.begin(), turning_point, [&](const ids& l) { return l == before; }));
        CHECK(std::all_of(turning_point, left.end(), [&](const ids& l) { return l == after; }));
        CHECK(left.back() == after);
        if (first_turn != middle) continue;
        UNSCOPED_INFO(seen.instructions << " instructions, " << left.size() << " states");
        const std::size_t stride = std::max<std::size_t>(1, left.size() / 6);
        for (std::size_t i = 0; i < left.size(); i += stride) {
            const ids killed = left_by_killed(what, first_turn, seen.began[i]);
            CHECK((killed == before || killed == after));
        }
    }
}

void two_values(rig& on) {
    on.push(0, 1);
    on.push(0, 2);
}

/// Runs in a child that has joined, and is killed then.
template <class F> void by_one_that_died(rig& on, F f) {
    const pid_t id = ::fork();
    if (id == 0) {
        f(on.queue().join());
        ::raise(SIGKILL);
    }
    int status = 0;
    if (::waitpid(id, &status, 0) != id || !WIFSIGNALED(status)) throw std::runtime_error("child");
}

/// Claims the slot of `turn` as state 1, writing, or 3, reading.
void claim(rig& on, std::uint64_t turn, std::uint64_t as, std::size_t self) {
    const std::uint64_t word = on.word(turn);
    on.word(turn) = as << 62 | std::uint64_t{self} << 48 | (word & ((std::uint64_t{1} << 48) - 1));
}

std::uint64_t claimed(rig& on, std::uint64_t slot) {
    const std::uint64_t state = on.word(slot) >> 62;
    return state == 1 || state == 3 ? state : 0;
}

const operation push{two_values, [](rig& on, std::size_t self) { on.push(self, 3); }};

const operation pop{two_values, [](rig& on, std::size_t self) {
                        std::optional<message> value;
                        static_cast<void>(on.queue().try_pop(self, value));
                        on.result() = value && is_whole(*value) ? value->id : 0;
                    }};

} // namespace

TEST_CASE("a producer killed at any instruction leaves its value there whole, or not at all") {
    examine(push, {1, 2}, {1, 2, 3});
}

TEST_CASE("a consumer killed at any instruction takes the one value with it, or none") {
    examine(pop, {1, 2}, {2});
}

TEST_CASE("a process killed at any instruction of its joining leaves a queue that works") {
    const operation join{two_values,
                         [](rig& on, std::size_t) { static_cast<void>(on.queue().join()); }};
    examine(join, {1, 2}, {1, 2}, {middle}); // it takes some 100,000 instructions
}

TEST_CASE("a process killed at any instruction of a close leaves what was pushed") {
    const operation close{two_values, [](rig& on, std::size_t) { on.queue().close(); }};
    examine(close, {1, 2}, {1, 2});
}

TEST_CASE("a push that meets a close at any instruction is confirmed and popped, or neither") {
    const operation try_push{two_values, [](rig& on, std::size_t self) {
                                 const attempt how = on.queue().try_push(self, message_of(3));
                                 on.result() = how == attempt::done ? 1 : 2;
                             }};
    rig open(middle);
    begin(open, try_push);
    long last = 0;
    if (!run_stepwise(open, try_push, [&](stepper&, long instruction) { last = instruction; })) {
        return;
    }
    for (const std::uint64_t first_turn : {middle, turns(capacity).modulus() - 2}) {
        for (long at = 1; at <= last; at += std::max(1L, last / 60)) {
            INFO("closed after " << at << " of " << last << " instructions");
            rig on(first_turn);
            begin(on, try_push);
            run_stepwise(on, try_push, [&](stepper&, long instruction) {
                if (instruction == at) on.queue().close();
            });
            REQUIRE(on.result() != 0);
            on.queue().close();
            REQUIRE(on.drain(0) == (on.result() == 1 ? ids{1, 2, 3} : ids{1, 2}));
        }
    }
}

TEST_CASE("who is killed at any instruction of recovering others leaves it to the next") {
    for (const std::uint64_t first_turn : {middle, turns(capacity).modulus() - 2}) {
        INFO("the first value has turn " << first_turn);
        const operation recover{
            [&](rig& on) {
                by_one_that_died(on, [&](std::size_t self) {
                    two_values(on);
                    claim(on, first_turn, 3, self);
                    claim(on, first_turn + 2, 1, self);
                });
            },
            [](rig& on, std::size_t) { static_cast<void>(on.queue().recover_push()); }};
        rig on(first_turn);
        begin(on, recover);
        const trace seen = trace_of(on, recover);
        if (seen.states.empty()) return;
        CHECK(seen.states.size() >= 3);
        for (const ids& left : left_after(on, seen)) CHECK(left == ids{2});
    }
}

TEST_CASE("a producer that was taken for dead notices, and its value comes once") {
    const operation push_second{[](rig& on) { on.push(0, 1); },
                                [](rig& on, std::size_t self) { on.push(self, 3); }};
    const std::uint64_t turn = middle + 1;
    for (long at = 1, step = 1;; at += step) {
        rig on(middle);
        begin(on, push_second);
        bool taken = false;
        long last = 0;
        if (!run_stepwise(on, push_second, [&](stepper&, long instruction) {
                last = instruction;
                if (instruction < at || taken || claimed(on, turn) == 0) return;
                on.word(turn) = turn + capacity; // free, as whoever recovers it says
                taken = true;
                at = instruction;
            })) {
            return;
        }
        if (!taken) break; // all instructions of its claim are done
        step = std::max(1L, last / 50);
        INFO("taken after " << at << " of " << last << " instructions");
        REQUIRE(on.drain(0) == ids{1, 3});
        REQUIRE(on.is_sound(0));
    }
}

TEST_CASE("a consumer that was taken for dead notices, and goes on with the next value") {
    for (long at = 1, step = 1;; at += step) {
        rig on(middle);
        begin(on, pop);
        bool taken = false;
        long last = 0;
        if (!run_stepwise(on, pop, [&](stepper&, long instruction) {
                last = instruction;
                if (instruction < at || taken || claimed(on, middle) == 0) return;
                on.word(middle) = middle + capacity;
                taken = true;
                at = instruction;
            })) {
            return;
        }
        if (!taken) break;
        step = std::max(1L, last / 50);
        INFO("taken after " << at << " of " << last << " instructions");
        REQUIRE(on.result() == 2);
        REQUIRE(on.drain(0).empty());
        REQUIRE(on.is_sound(0));
    }
}
