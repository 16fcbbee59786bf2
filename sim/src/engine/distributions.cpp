#include "engine/distributions.hpp"

namespace norn::sim {
namespace {

__extension__ using Wide = unsigned __int128;

// log2 of x / 2^63, for x in [2^63, 2^64), in units of 2^-40: bit by bit by repeated squaring
// (Knuth, The Art of Computer Programming 1, 1.2.2, exercise 25).
constexpr std::uint64_t log2_of(std::uint64_t x) {
  std::uint64_t log = 0;
  for (int bit = 0; bit < 40; ++bit) {
    const Wide square = Wide{x} * x;
    const bool above_two = (square >> 127) != 0;
    log = log << 1 | (above_two ? 1 : 0);
    x = static_cast<std::uint64_t>(square >> (above_two ? 64 : 63));
  }
  return log;
}

// ln 2 in units of 2^-64.
constexpr std::uint64_t kLn2Long = 0xb17217f7d1cf79abU;

constexpr std::array<std::uint32_t, 257> minus_log_table() {
  std::array<std::uint32_t, 257> table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    // (256 + i) / 512 is half of a number in [1, 2): one less in log2.
    const std::uint64_t minus_log2 = (std::uint64_t{1} << 40) - log2_of((256 + i) << 55);
    const Wide minus_log = (Wide{minus_log2} * kLn2Long) >> 64;  // in units of 2^-40
    table[i] = static_cast<std::uint32_t>((static_cast<std::uint64_t>(minus_log) + 128) >> 8);
  }
  return table;  // the last is -ln(1) = 0
}

}  // namespace

constexpr std::array<std::uint32_t, 257> kTable = minus_log_table();
const std::array<std::uint32_t, 257> kMinusLog = kTable;

static_assert(kTable[0] == kLn2, "-ln(1/2) is ln 2");

}  // namespace norn::sim
