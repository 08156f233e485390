// SPDX-License-Identifier: MIT
#pragma once

// braid/exec — what all strands share: stopping, unhandled exceptions, the machine's parallelism.

#include <braid/core/error.hpp>
#include <braid/exec/available_parallelism.hpp>
#include <braid/exec/map_options.hpp>
#include <braid/exec/stop.hpp>
#include <braid/exec/unhandled.hpp>
