// SPDX-License-Identifier: MIT
#pragma once

// braid/process — the process strand: everything in braid::process.

#include <braid/core/error.hpp>
#include <braid/core/exit_status.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/unhandled.hpp>
#include <braid/process/account.hpp>
#include <braid/process/child.hpp>
#include <braid/process/current.hpp>
#include <braid/process/fork.hpp>
#include <braid/process/handle.hpp>
#include <braid/process/identity.hpp>
#include <braid/process/options.hpp>
#include <braid/process/queue.hpp>
#include <braid/process/redirect.hpp>
#include <braid/process/run_options.hpp>
#include <braid/process/shared.hpp>
#include <braid/process/shared_array.hpp>
#include <braid/process/spawn.hpp>
#include <braid/process/state.hpp>
