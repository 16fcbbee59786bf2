// All of the actors: what node code includes for Erlang's style of programs.
#pragma once

#include "norn/runtime/actor.hpp"
#include "norn/runtime/exit_reason.hpp"
#include "norn/runtime/pid.hpp"
#include "norn/runtime/process_group.hpp"
#include "norn/runtime/registry.hpp"
#include "norn/runtime/server.hpp"
#include "norn/runtime/state_machine.hpp"
#include "norn/runtime/supervisor.hpp"
