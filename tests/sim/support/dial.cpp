// Compiled with -fsanitize-coverage=trace-pc: tests/CMakeLists.txt.
#include "sim/support/dial.hpp"

namespace norn::test {

int how_far(const std::array<std::uint64_t, 4>& numbers) {
  if (numbers[0] != 3) return 0;
  if (numbers[1] != 5) return 1;
  if (numbers[2] != 2) return 2;
  if (numbers[3] != 7) return 3;
  return 4;
}

}  // namespace norn::test
