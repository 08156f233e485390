// SPDX-License-Identifier: MIT
#pragma once

// support/tiny_task — the least coroutine type that awaits another: lazy, run by one thread, which
// resumes what is suspended in the order in which it was suspended. For tests of what stands inside
// a co_await expression; it counts its frames, so that a leak and a second end are seen.

#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace test {

/// What is suspended and wants to go on.
inline std::deque<std::coroutine_handle<>>& ready_list() {
    static std::deque<std::coroutine_handle<>> list;
    return list;
}

/// Awaited: lets all else run that is ready.
class pause {
public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { ready_list().push_back(h); }
    void await_resume() const noexcept {}
};

/// How many coroutines there are now.
inline int& frames() {
    static int count = 0;
    return count;
}

class promise_base {
public:
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept { return at_end(); }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    static void* operator new(std::size_t size) {
        ++frames();
        return ::operator new(size);
    }
    static void operator delete(void* frame) {
        --frames();
        ::operator delete(frame);
    }

    void resume_at_end(std::coroutine_handle<> h) noexcept { waiting_ = h; }
    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

private:
    class at_end {
    public:
        bool await_ready() const noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) const noexcept {
            return h.promise().waiting_;
        }
        void await_resume() const noexcept {}
    };

    std::coroutine_handle<> waiting_ = std::noop_coroutine();
    std::exception_ptr exception_;
};

template <class T> class promise : public promise_base {
public:
    auto get_return_object() { return std::coroutine_handle<promise>::from_promise(*this); }
    template <class U> void return_value(U&& value) { value_.emplace(std::forward<U>(value)); }
    T result() {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <> class promise<void> : public promise_base {
public:
    auto get_return_object() { return std::coroutine_handle<promise>::from_promise(*this); }
    void return_void() const noexcept {}
    void result() const { rethrow(); }
};

/// A lazy coroutine: `co_await t` inside of another, `t.run()` outside of all.
template <class T = void> class [[nodiscard]] task {
public:
    using promise_type = promise<T>;

    task(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
    task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (handle_) handle_.destroy();
    }

    /// Runs it, and all that it awaits, to its end.
    T run() {
        handle_.resume();
        while (!handle_.done()) {
            if (ready_list().empty()) throw std::logic_error("nothing resumes this task");
            const auto next = ready_list().front();
            ready_list().pop_front();
            next.resume();
        }
        return handle_.promise().result();
    }

    auto operator co_await() const noexcept { return awaiter(handle_); }

private:
    class awaiter {
    public:
        explicit awaiter(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) const noexcept {
            handle_.promise().resume_at_end(h);
            return handle_;
        }
        T await_resume() const { return handle_.promise().result(); }

    private:
        std::coroutine_handle<promise_type> handle_;
    };

    std::coroutine_handle<promise_type> handle_;
};

} // namespace test
