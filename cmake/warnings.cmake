# The warnings under which the project builds its own programs, and each header alone. They are no
# part of braid::braid: what a user is warned of is the user's choice.

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # "a" + std::string at -O2 is said to overlap itself (GCC bug 105651).
  add_compile_options(-Wno-restrict)
  # Instrumented code confuses the flow analysis; GCC's manual says so of all sanitizers.
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()
