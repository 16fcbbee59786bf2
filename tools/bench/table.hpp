// The table of all loads against their limits, measured in turns.
#pragma once

#include <string>

namespace norn::bench {

struct TableOptions {
  int rounds = 21;   // of each row; medians are printed
  std::string only;  // rows whose name contains this
  std::string json;  // also written there, if not empty
};

// print_table() measures a row's limit and loads in turns (limit, load, load, limit, …), so that a
// slow minute of the machine slows all of them, and prints the median time of an operation, the
// median share of the limit, and how far the middle half of the rounds spread. Returns an exit
// code.
int print_table(const TableOptions& options);

}  // namespace norn::bench
