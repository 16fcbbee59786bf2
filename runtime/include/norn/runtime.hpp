// All that node code needs.
#pragma once

#include "norn/runtime/channel.hpp"
#include "norn/runtime/codec.hpp"
#include "norn/runtime/condition_variable.hpp"
#include "norn/runtime/file.hpp"
#include "norn/runtime/killed.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/mutex.hpp"
#include "norn/runtime/node_local.hpp"
#include "norn/runtime/random.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/task.hpp"
#include "norn/runtime/time.hpp"
