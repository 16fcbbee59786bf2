// A history taken apart and compiled for the search.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "check/linearizability_search.hpp"
#include "norn/check/history.hpp"
#include "norn/check/model.hpp"

namespace norn::check {

struct Misfit;

struct Part {
  std::optional<Value> key;
  std::unique_ptr<Machine> machine;
  SearchInput input;
  std::vector<OperationId> operations;  // by their numbers in `input`
};

// split() makes the parts, in the order of their first calls. Operations that failed are in none.
// With `whole` there is one.
Result<std::vector<Part>> split(const History& history, const Model& model, bool whole);

// misfit_of() tells what a search found that ended with a violation.
Misfit misfit_of(const Part& part, const Search& search);

}  // namespace norn::check
