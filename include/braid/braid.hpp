// SPDX-License-Identifier: MIT
#pragma once

// braid — threads, processes, coroutines behind one interface. This header is all of the library.

#include <braid/coro.hpp>
#include <braid/exec.hpp>
#include <braid/process.hpp>
#include <braid/thread.hpp>
