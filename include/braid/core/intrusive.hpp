// SPDX-License-Identifier: MIT
#pragma once

// core/intrusive — a list whose nodes are the listed objects themselves, so that joining and
// leaving allocate nothing and take constant time. Not synchronised: the owner of the list guards
// it.

#include <braid/core/assert.hpp>

namespace braid::inline v1::detail::core {

template <class T> class intrusive_list;

/// Base of what can stand in one intrusive_list at a time.
class intrusive_node {
public:
    intrusive_node() noexcept = default;
    intrusive_node(const intrusive_node&) = delete;
    intrusive_node& operator=(const intrusive_node&) = delete;

    [[nodiscard]] bool is_linked() const noexcept { return next_ != nullptr; }

protected:
    ~intrusive_node() { BRAID_ASSERT(!is_linked(), "destroyed while it stands in a list"); }

private:
    template <class T> friend class intrusive_list;

    intrusive_node* next_ = nullptr;
    intrusive_node* previous_ = nullptr;
};

/// A list of T, first in first out. T derives from intrusive_node.
template <class T> class intrusive_list {
public:
    intrusive_list() noexcept {
        ends_.next_ = &ends_;
        ends_.previous_ = &ends_;
    }
    intrusive_list(const intrusive_list&) = delete;
    intrusive_list& operator=(const intrusive_list&) = delete;
    ~intrusive_list() {
        BRAID_ASSERT(empty(), "a list destroyed while somebody stands in it");
        ends_.next_ = nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return ends_.next_ == &ends_; }

    void push_back(T& item) noexcept {
        intrusive_node& node = item;
        BRAID_ASSERT(!node.is_linked(), "it stands in a list already");
        node.next_ = &ends_;
        node.previous_ = ends_.previous_;
        ends_.previous_->next_ = &node;
        ends_.previous_ = &node;
    }

    /// Takes out the first; nullptr if there is none.
    [[nodiscard]] T* pop_front() noexcept {
        if (empty()) return nullptr;
        T& first = static_cast<T&>(*ends_.next_);
        erase(first);
        return &first;
    }

    /// Takes out one that stands in this list.
    void erase(T& item) noexcept {
        intrusive_node& node = item;
        node.previous_->next_ = node.next_;
        node.next_->previous_ = node.previous_;
        node.next_ = nullptr;
        node.previous_ = nullptr;
    }

private:
    struct end_node : intrusive_node {};

    end_node ends_; // the list is a ring through this one
};

} // namespace braid::inline v1::detail::core
