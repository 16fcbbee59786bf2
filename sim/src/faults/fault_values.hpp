// The values of faults' parameters: as text, as JSON, and with their defaults.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/faults/value.hpp"
#include "norn/runtime/result.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::sim {

// A share is a fraction from 0/1 to 1/1: "1/1000".
Result<Ratio> parse_share(std::string_view text);
std::string format_share(Ratio share);

// standard_of() is the default; the parameter must have one.
FaultValue standard_of(const FaultParameter& parameter);
// value_of() is the fault's own value, or the default; a value of another type than the catalogue's
// is asserted against.
FaultValue value_of(const Fault& fault, const FaultParameter& parameter);
// Errors (invalid) say what is wrong with the value, and not where.
Result<FaultValue> value_from_json(const FaultParameter& parameter, const nlohmann::json& json);
nlohmann::json to_json(const FaultValue& value);

}  // namespace norn::sim
