// A dial whose code tells the compiler's hooks how far it was turned, and nobody else.
#pragma once

#include <array>
#include <cstdint>

namespace norn::test {

// how_far() is how many of the numbers are right, up to the first that is not.
int how_far(const std::array<std::uint64_t, 4>& numbers);

}  // namespace norn::test
