// SPDX-License-Identifier: MIT

#include <braid/core/error.hpp>
#include <braid/os/type_name.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <unwind.h>

using braid::detail::os::current_exception_name;
using braid::detail::os::type_name;

namespace somewhere {

struct thing {};
template <class T> struct box {};

} // namespace somewhere

namespace {

/// An exception of another language, as far as C++ can tell.
struct foreign {
    unsigned char before[512]; // where C++ has what it knows of its own exceptions
    _Unwind_Exception exception;
};

[[noreturn]] void raise(foreign& object) {
    std::memset(object.before, 0x5a, sizeof object.before);
    std::memset(&object.exception, 0, sizeof object.exception);
    std::memcpy(&object.exception.exception_class, "TESTELSE", 8);
    object.exception.exception_cleanup = [](_Unwind_Reason_Code, _Unwind_Exception*) {};
    _Unwind_RaiseException(&object.exception);
    throw std::logic_error("not raised");
}

template <class T> std::string name_while_caught(const T& object) {
    try {
        throw T(object);
    } catch (...) {
        return current_exception_name();
    }
}

} // namespace

TEST_CASE("a type has the name that a person writes") {
    CHECK(type_name(typeid(int)) == "int");
    CHECK(type_name(typeid(std::runtime_error)) == "std::runtime_error");
    CHECK(type_name(typeid(somewhere::thing)) == "somewhere::thing");
    CHECK(type_name(typeid(somewhere::box<int*>)) == "somewhere::box<int*>");
    CHECK(type_name(typeid(braid::timeout_error)) == "braid::v1::timeout_error");
}

TEST_CASE("the exception that is being handled has its type's name, its dynamic one") {
    CHECK(name_while_caught(std::out_of_range("x")) == "std::out_of_range");
    CHECK(name_while_caught(somewhere::thing()) == "somewhere::thing");
    CHECK(name_while_caught(42) == "int");
    try {
        throw std::out_of_range("x");
    } catch (const std::exception&) {
        CHECK(current_exception_name() == "std::out_of_range");
    }
    try {
        std::rethrow_exception(std::make_exception_ptr(std::range_error("again")));
    } catch (...) {
        CHECK(current_exception_name() == "std::range_error");
    }
}

TEST_CASE("the name of an exception is unknown when none is handled, or a foreign one") {
    CHECK(current_exception_name() == "unknown");
    static foreign object;
    std::string name;
    try {
        raise(object);
    } catch (...) {
        name = current_exception_name();
    }
    CHECK(name == "unknown");
}
