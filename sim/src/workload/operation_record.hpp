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

// `arguments` is JSON, as `norn check` reads it. Both give the place of the event.
RecordedCall record_call(Engine& engine, const check::Call& call, const std::string& arguments);
std::uint32_t record_return(Engine& engine, std::int64_t process, std::uint64_t number,
                            check::Outcome outcome, const check::Value& result);
// caller_life() is the life of the node that calls; 0: the host.
std::uint32_t caller_life(Engine& engine);

}  // namespace norn::sim
