// Files of a node, at full speed: what an operation costs, with and without faults of the disk.
#pragma once

#include <vector>

#include "load.hpp"

namespace norn::bench {

std::vector<Row> file_rows();

}  // namespace norn::bench
