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

// misfit_of() tells what a search found that ended with a violation. The search looks ahead, so
// where it got stuck may be long before the answer that cannot be: that one is looked for among the
// beginnings of the part, in which what has not returned has no answer yet. Of a very long part, or
// one that is hard, or without `explain`, where the search got stuck must do.
Misfit misfit_of(const History& history, const Model& model, const Part& part, const Search& search,
                 bool explain);

}  // namespace norn::check
