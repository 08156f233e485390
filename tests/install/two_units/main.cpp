// SPDX-License-Identifier: MIT

// The first of two translation units that include every header.

#include <all_headers.hpp>

#ifdef PACKAGE_VERSION
static_assert(PACKAGE_VERSION == BRAID_VERSION, "the package tells another version");
#endif

int version_seen_by_the_other_unit();

int main() { return version_seen_by_the_other_unit() == BRAID_VERSION ? 0 : 1; }
