// SPDX-License-Identifier: MIT
#pragma once

// braid/thread — the thread strand: everything in braid::thread.

#include <braid/core/error.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/unhandled.hpp>
#include <braid/thread/current.hpp>
#include <braid/thread/handle.hpp>
#include <braid/thread/mutex.hpp>
#include <braid/thread/options.hpp>
#include <braid/thread/spawn.hpp>
#include <braid/thread/state.hpp>
