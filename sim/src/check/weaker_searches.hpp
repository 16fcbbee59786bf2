// Promises about any model, which need a search.
#pragma once

#include "norn/check/weaker.hpp"

namespace norn::check {

Result<ConsistencyResult> check_sequential(const History& history, const Model& model,
                                           const ConsistencyOptions& options);
Result<ConsistencyResult> check_buffered_durable(const History& history, const Model& model,
                                                 const ConsistencyOptions& options);

}  // namespace norn::check
