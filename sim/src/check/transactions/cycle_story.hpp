// Why each transaction of a cycle must come before the next one, in words.
#pragma once

#include "check/transactions/cycles.hpp"
#include "check/transactions/list_versions.hpp"
#include "check/transactions/register_versions.hpp"

namespace norn::check::txn {

// One of the two kinds of versions is there, that of the workload.
struct Versions {
  const ListVersions* lists = nullptr;
  const RegisterVersions* registers = nullptr;
};

// One line an edge: "T3 read x = [1 2] before T7 appended 3 to it".
Story cycle_story(const Index& index, const Versions& versions, const Cycle& cycle);

}  // namespace norn::check::txn
