// The loads of the comparison with Go and Erlang: what peers/peers.go and peers/peers.erl do, with
// fibers of one node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine_loads.hpp"

namespace norn::bench {

struct Measurement {
  std::string metric;
  double value;
};

// runtime_loads() are the names that measure_runtime() knows.
std::vector<std::string_view> runtime_loads();

// measure_runtime() runs a load once, in a simulation of one node: a warm-up, then a fixed number
// of operations, by the processor time of the whole process. Nothing comes of an unknown name.
std::vector<Measurement> measure_runtime(std::string_view load, TraceMode mode);

}  // namespace norn::bench
