// SPDX-License-Identifier: MIT
#pragma once

// model/fiber — a stack of its own on which a virtual thread runs until it gives the processor
// back. A fiber may be left in its middle and started anew: what lives on its stack is dropped, not
// destroyed.
//
// A switch by swapcontext costs two system calls, for signal masks that nobody changes; x86-64
// has its own here.
//
// AddressSanitizer and ThreadSanitizer are told of each switch. An exploration runs on one system
// thread, so ThreadSanitizer has nothing to find in it.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define MODEL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_ADDRESS_SANITIZER 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define MODEL_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MODEL_THREAD_SANITIZER 1
#endif
#endif

#if defined(__x86_64__) && !defined(MODEL_ADDRESS_SANITIZER) && !defined(MODEL_THREAD_SANITIZER)
#define MODEL_FAST_SWITCH 1
#endif

#ifdef MODEL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MODEL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace model::detail {

#if defined(MODEL_ADDRESS_SANITIZER) || defined(MODEL_THREAD_SANITIZER)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// A virtual thread's stack.
class fiber {
public:
    fiber() = default;
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;
    ~fiber() { drop(); }

    /// Makes the fiber ready to run `body` from its beginning; an unfinished run is dropped.
    void start(std::function<void()> body);

    /// Runs the fiber until it suspends or ends.
    void resume();

    /// From inside: back to whoever resumed it.
    void suspend();

    [[nodiscard]] bool finished() const { return finished_; }

private:
    static constexpr std::size_t stack_size = 128 * 1024;

    static void enter();
    void prepare();
    void switch_in();
    void switch_out();
    void leave();
    void arrive();
    void drop();

    static inline fiber* entering_ = nullptr;

    std::unique_ptr<std::byte[]> stack_;
    std::function<void()> body_;
    bool finished_ = true;
    bool begun_ = false; // was started before
#ifdef MODEL_FAST_SWITCH
    static void exchange_stacks(void** left, void* entered);

    // Called through a variable, so that no compiler draws conclusions from its body.
    static inline void (*volatile exchange_)(void**, void*) = &fiber::exchange_stacks;

    void* inside_ = nullptr;
    void* outside_ = nullptr;
#else
    ucontext_t inside_{};
    ucontext_t outside_{};
#endif
    void* fake_stack_ = nullptr; // the sanitizers' books
    const void* outer_stack_ = nullptr;
    std::size_t outer_size_ = 0;
    void* thread_inside_ = nullptr;
    void* thread_outside_ = nullptr;
};

// ---- implementation ----

inline void fiber::drop() {
#ifdef MODEL_ADDRESS_SANITIZER
    if (stack_) __asan_unpoison_memory_region(stack_.get(), stack_size);
#endif
#ifdef MODEL_THREAD_SANITIZER
    if (thread_inside_ != nullptr) __tsan_destroy_fiber(thread_inside_);
    thread_inside_ = nullptr;
#endif
}

inline void fiber::start(std::function<void()> body) {
    body_ = std::move(body);
    const bool reusable = begun_ && finished_;
    finished_ = false;
    if (reusable) return;
    if (!stack_) stack_ = std::make_unique_for_overwrite<std::byte[]>(stack_size);
    drop();
    fake_stack_ = nullptr;
    prepare();
    begun_ = true;
#ifdef MODEL_THREAD_SANITIZER
    thread_inside_ = __tsan_create_fiber(0);
#endif
}

inline void fiber::enter() {
    fiber& self = *entering_;
    self.arrive();
    for (;;) {
        self.body_();
        self.finished_ = true;
        self.suspend();
    }
}

#ifdef MODEL_FAST_SWITCH

// Leaves what a call must preserve on the stack and goes on where the other stack was left.
[[gnu::naked, gnu::noinline]] inline void fiber::exchange_stacks(void**, void*) {
    asm("pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
        "movq %rsp, (%rdi)\n movq %rsi, %rsp\n"
        "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret");
}

inline void fiber::prepare() {
    auto** top = reinterpret_cast<void**>(stack_.get() + stack_size);
    *--top = nullptr; // where enter() would return to
    *--top = reinterpret_cast<void*>(&fiber::enter);
    top -= 6; // the preserved registers
    std::fill(top, top + 6, nullptr);
    inside_ = top;
}

inline void fiber::switch_in() { exchange_(&outside_, inside_); }

inline void fiber::switch_out() { exchange_(&inside_, outside_); }

#else

inline void fiber::prepare() {
    getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack_.get();
    inside_.uc_stack.ss_size = stack_size;
    inside_.uc_link = nullptr;
    makecontext(&inside_, &fiber::enter, 0);
}

inline void fiber::switch_in() { swapcontext(&outside_, &inside_); }

inline void fiber::switch_out() { swapcontext(&inside_, &outside_); }

#endif

inline void fiber::resume() {
    entering_ = this;
#ifdef MODEL_THREAD_SANITIZER
    thread_outside_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(thread_inside_, 0);
#endif
#ifdef MODEL_ADDRESS_SANITIZER
    void* own = nullptr;
    __sanitizer_start_switch_fiber(&own, stack_.get(), stack_size);
#endif
    switch_in();
#ifdef MODEL_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(own, nullptr, nullptr);
#endif
}

inline void fiber::suspend() {
    leave();
    arrive();
}

inline void fiber::leave() {
#ifdef MODEL_THREAD_SANITIZER
    __tsan_switch_to_fiber(thread_outside_, 0);
#endif
#ifdef MODEL_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fake_stack_, outer_stack_, outer_size_);
#endif
    switch_out();
}

inline void fiber::arrive() {
#ifdef MODEL_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake_stack_, &outer_stack_, &outer_size_);
#endif
}

} // namespace model::detail
