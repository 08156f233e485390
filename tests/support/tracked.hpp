// SPDX-License-Identifier: MIT
#pragma once

// support/tracked — an object that knows whether it is alive, and counts those that are. A copy of
// its bytes, and a second end of its life, are faults.

#include <atomic>
#include <utility>

namespace test {

class tracked {
public:
    explicit tracked(int value = 0) : value_(value) { begin(); }
    tracked(const tracked& other) : value_(other.value()) { begin(); }
    tracked(tracked&& other) noexcept : value_(other.value()) {
        other.value_ = moved_from;
        begin();
    }
    tracked& operator=(const tracked& other) {
        value_ = other.value();
        return *this;
    }
    tracked& operator=(tracked&& other) noexcept {
        value_ = std::exchange(other.value_, int{moved_from});
        return *this;
    }
    ~tracked() {
        check();
        self_ = nullptr;
        --alive_;
    }

    static constexpr int moved_from = -1;

    int value() const {
        check();
        return value_;
    }

    /// How many are alive now, and how many faults there were, since the program began.
    static int alive() { return alive_; }
    static int faults() { return faults_; }

private:
    void begin() {
        self_ = this;
        ++alive_;
    }
    void check() const {
        if (self_ != this) ++faults_;
    }

    static inline std::atomic<int> alive_ = 0;
    static inline std::atomic<int> faults_ = 0;

    const tracked* self_ = nullptr;
    int value_;
};

} // namespace test
