// Profiler: adds up what the fibers of a simulation do.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/host/fiber.hpp"
#include "norn/sim/fiber_profile.hpp"

namespace norn::sim {

// It watches and decides nothing: the run is the same with it.
class Profiler {
 public:
  void starts(const host::Fiber& fiber) { ++of(fiber).fibers; }
  void runs(const host::Fiber& fiber, std::int64_t now_ns);
  void parks();
  std::vector<FiberProfile> result() const;

 private:
  struct Sums {
    std::uint64_t fibers = 0;
    std::uint64_t runs = 0;
    std::array<std::int64_t, host::kBlockReasons> waited_ns{};
    std::int64_t real_ns = 0;
    std::uint64_t allocations = 0;
  };
  Sums& of(const host::Fiber& fiber);

  std::map<std::pair<std::string, std::string>, Sums> sums_;  // by node and name
  Sums* running_ = nullptr;
  std::int64_t since_ns_ = 0;
  std::uint64_t allocations_before_ = 0;
};

}  // namespace norn::sim
