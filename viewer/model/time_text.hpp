// Durations and instants of virtual time as people write and read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

// format_duration() gives at most four significant digits with the fitting unit: "1.5 s", "250 ms",
// "80 µs", "7 ns".
std::string format_duration(double ns);

// format_instant() gives a point of virtual time in seconds, to the precision that `step_ns` asks
// for: 1234567890 with a step of 1 ms is "1.235 s".
std::string format_instant(double ns, double step_ns);

// format_exact() gives all digits that matter: "1.23456789 s".
std::string format_exact(std::int64_t ns);

// format_count() groups digits: "1,234,567".
std::string format_count(std::uint64_t n);

// parse_duration() reads a number with one of the units ns, us, µs, ms, s, m, min, h ("1.5s",
// "250ms"). A bare 0 is allowed; any other bare number is an error that names the units.
Result<std::int64_t> parse_duration(std::string_view text);

// nice_step() is the least of 1, 2 and 5 times a power of ten that is not below `least`, which is
// above 0.
double nice_step(double least);

// A labelled mark of the time axis. A minor tick has no label.
struct Tick {
  double ns = 0;
  std::string label;
};

// ticks() are 1-2-5 steps over [begin, end], so that labels `label_width_px` wide do not touch.
struct Axis {
  double step_ns = 0;
  double minor_step_ns = 0;
  std::vector<Tick> major;
  std::vector<double> minor_ns;
};
Axis make_axis(double begin_ns, double end_ns, double width_px, double label_width_px);

}  // namespace norn::viewer
