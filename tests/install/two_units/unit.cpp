// SPDX-License-Identifier: MIT

// The second.

#include <all_headers.hpp>

int version_seen_by_the_other_unit() { return BRAID_VERSION; }
