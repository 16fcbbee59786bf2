// What most tests include, for builds with NORN_PRECOMPILE. Tests include what they need all the
// same.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
