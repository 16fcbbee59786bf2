// branch_case(): other futures of the same past.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/sim/case_file.hpp"

namespace norn {

// How often the violation still came when all choices from `at` on were drawn anew.
struct BranchPoint {
  Duration at{};
  std::uint64_t futures = 0;
  std::uint64_t failed = 0;
  std::uint64_t failing_seed = 0;  // of the branch; 0: none
  std::uint64_t passing_seed = 0;
};

struct BranchOptions {
  std::uint64_t futures = 50;    // at each point
  std::uint64_t points = 12;     // spread evenly from 0 to the violation, before the bisection
  std::optional<Duration> at{};  // only this moment
  unsigned jobs = 1;             // threads; the result is the same
  std::function<void(const BranchPoint&)> on_point{};
  const std::atomic<bool>* interrupted = nullptr;
};

struct BranchCurve {
  std::vector<BranchPoint> points{};  // in order of time
  // The greatest rise between two moments that lie next to each other, made narrow by bisection:
  // what was open at `before` was nearly certain at `after`. The same when there is no rise.
  BranchPoint before{};
  BranchPoint after{};
  std::string between{};  // what happened there, one event a line
  bool interrupted = false;
};

// branch_case() runs a case again and again up to a moment, and from there with other choices: the
// delays, orders and draws of node code, while faults come as planned. The share of futures that
// break the same property shows how much was decided by then. Errors: those of replay_case(), and
// invalid when the case does not fail in the way it says.
Result<BranchCurve> branch_case(const Case& failing, const BranchOptions& options);

}  // namespace norn
