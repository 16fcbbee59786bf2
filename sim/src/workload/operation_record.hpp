// What JudgedHistory and JudgedTransactions put into the trace.
#pragma once

#include <cstdint>
#include <string>

#include "norn/check/history.hpp"
#include "norn/sim/simulation.hpp"

namespace norn::sim {

struct RecordedCall {
  std::uint64_t number = 0;           // of the operation in the trace
  std::uint32_t line = check::kNone;  // its event
};

// `arguments` and `result` are JSON, as `norn check` reads it. Both give the place of the event.
// `function` is what the name of the function is in the trace; 0 is replaced by it.
RecordedCall record_call(Engine& engine, const check::Call& call, trace::StringId& function,
                         const std::string& arguments);
std::uint32_t record_return(Engine& engine, std::int64_t process, std::uint64_t number,
                            check::Outcome outcome, const std::string& result);
// caller_life() is the life of the node that calls; 0: the host.
std::uint32_t caller_life(Engine& engine);

}  // namespace norn::sim
