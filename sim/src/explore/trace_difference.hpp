// Where two recordings part.
#pragma once

#include <optional>

#include "norn/runtime/result.hpp"
#include "norn/sim/determinism.hpp"
#include "norn/trace/reader.hpp"

namespace norn::explore {

// first_difference() compares event by event, with names in place of numbers of strings; nothing
// when all are alike. Errors: a trace that cannot be read.
Result<std::optional<FirstDifference>> first_difference(const trace::Reader& first,
                                                        const trace::Reader& second);

}  // namespace norn::explore
