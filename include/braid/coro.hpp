// SPDX-License-Identifier: MIT
#pragma once

// braid/coro — the coroutine strand: everything in braid::coro.

#include <braid/coro/options.hpp>
