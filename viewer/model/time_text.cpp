#include "model/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace norn::viewer {
namespace {

struct Unit {
  std::string_view name;
  double ns;
};
constexpr std::array<Unit, 9> kUnits = {{
    {"ns", 1},
    {"us", 1e3},
    {"\xC2\xB5s", 1e3},
    {"\xCE\xBCs", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"min", 60e9},
    {"m", 60e9},
    {"h", 3600e9},
}};

std::string with_decimals(double value, int decimals) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return buffer.data();
}

std::string quoted(std::string_view text) {
  std::string out(1, '\'');
  return out.append(text).append("'");
}

std::string trim_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

int decimals_for(double step_ns) {
  const double step_s = std::max(step_ns, 1.0) / 1e9;
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step_s) - 1e-9)), 0, 9);
}

}  // namespace

double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (least <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string format_duration(double ns) {
  const double size = std::abs(ns);
  const char* unit = "ns";
  double scale = 1;
  if (size >= 0.9999995e9) {
    unit = "s", scale = 1e9;
  } else if (size >= 0.9999995e6) {
    unit = "ms", scale = 1e6;
  } else if (size >= 0.9999995e3) {
    unit = "\xC2\xB5s", scale = 1e3;
  }
  const double value = ns / scale;
  const double digits = std::abs(value);
  const int decimals = digits >= 999.95 ? 0 : digits >= 99.995 ? 1 : digits >= 9.9995 ? 2 : 3;
  return trim_zeros(with_decimals(value, decimals)) + " " + unit;
}

std::string format_instant(double ns, double step_ns) {
  std::string text = with_decimals(ns / 1e9, decimals_for(step_ns));
  if (text.find_first_not_of("-0.") == std::string::npos) text = "0";
  return text + " s";
}

std::string format_exact(std::int64_t ns) {
  const bool negative = ns < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%s%llu.%09llu", negative ? "-" : "",
                static_cast<unsigned long long>(size / 1'000'000'000),
                static_cast<unsigned long long>(size % 1'000'000'000));
  return trim_zeros(buffer.data()) + " s";
}

std::string format_count(std::uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const std::string shown = quoted(text);
  double number = 0;
  const char* end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is given
  const auto parsed = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (parsed.ec != std::errc() || parsed.ptr == text.data()) {
    return {Errc::invalid,
            shown + " is not a duration: write a number and ns, us, ms, s, min or h"};
  }
  std::string_view unit(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit.empty() && number == 0) return std::int64_t{0};
  const auto* const found =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == unit; });
  if (found == kUnits.end()) {
    return {Errc::invalid, unit.empty()
                               ? shown + " has no unit: write ns, us, ms, s, min or h after it"
                               : shown + " has an unknown unit: use ns, us, ms, s, min or h"};
  }
  const double ns = number * found->ns;
  if (ns < 0) return {Errc::invalid, shown + " is negative"};
  if (ns > 9.2e18) return {Errc::invalid, shown + " is beyond 292 years"};
  return static_cast<std::int64_t>(std::llround(ns));
}

Axis make_axis(double begin_ns, double end_ns, double width_px, double label_width_px) {
  Axis axis;
  const double span = end_ns - begin_ns;
  if (!(span > 0) || !(width_px > 0)) return axis;
  axis.step_ns = std::max(1.0, nice_step(span * label_width_px / width_px));
  const double leading = axis.step_ns / std::pow(10.0, std::floor(std::log10(axis.step_ns) + 1e-9));
  axis.minor_step_ns = axis.step_ns / (std::abs(leading - 2) < 0.1 ? 4 : 5);
  const double first = std::floor(begin_ns / axis.minor_step_ns);
  const double last = std::ceil(end_ns / axis.minor_step_ns);
  for (double k = first; k <= last; ++k) {
    const double t = k * axis.minor_step_ns;
    if (t < begin_ns || t > end_ns) continue;
    const double nearest = std::round(t / axis.step_ns) * axis.step_ns;
    if (std::abs(t - nearest) < axis.minor_step_ns * 0.1) {
      axis.major.push_back({.ns = nearest, .label = format_instant(nearest, axis.step_ns)});
    } else {
      axis.minor_ns.push_back(t);
    }
  }
  return axis;
}

}  // namespace norn::viewer
