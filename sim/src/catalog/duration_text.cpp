// Durations as people write them: a decimal number with a unit, exact to the nanosecond.
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "norn/faults/duration_text.hpp"

namespace norn {
namespace {

using Duration = std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
constexpr std::array<Unit, 5> kUnits = {{
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

constexpr std::uint64_t kMaxNs = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Error not_a_duration(std::string_view text) {
  return {Errc::invalid, "not a duration: \"" + std::string(text) +
                             "\" (a number and ns, us, ms, s or m: \"250ms\", \"1.5s\")"};
}

// take_digits() removes the leading digits from `text`.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// in_unit() writes `ns` as a decimal number of `unit`, which is not a minute.
std::string in_unit(std::uint64_t ns, const Unit& unit) {
  std::string text = std::to_string(ns / unit.ns);
  std::uint64_t rest = ns % unit.ns;
  if (rest != 0) text += '.';
  for (; rest != 0; rest = rest * 10 % unit.ns) {
    text += static_cast<char>('0' + rest * 10 / unit.ns);
  }
  return text.append(unit.name);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) return not_a_duration(text);
  }
  if (whole.empty()) return not_a_duration(text);
  const Unit* unit = nullptr;
  for (const Unit& each : kUnits) {
    if (each.name == rest) unit = &each;
  }
  if (unit == nullptr) return not_a_duration(text);

  __extension__ using Wide = unsigned __int128;
  const Error too_long{Errc::invalid, "too long a duration: \"" + std::string(text) + '"'};
  Wide ns = 0;
  for (const char digit : whole) {
    ns = ns * 10 + static_cast<unsigned>(digit - '0');
    if (ns * unit->ns > kMaxNs) return too_long;
  }
  ns *= unit->ns;
  // Each digit of the fraction is worth a tenth of the one before it. All digits but the zeros at
  // the end must be whole nanoseconds together: at most 11 of them are, for a minute.
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  Wide numerator = 0;
  Wide denominator = 1;
  if (fraction.size() <= 11) {
    for (const char digit : fraction) {
      numerator = numerator * 10 + static_cast<unsigned>(digit - '0');
      denominator *= 10;
    }
    numerator *= unit->ns;
  }
  if (fraction.size() > 11 || numerator % denominator != 0) {
    return {Errc::invalid, "a duration finer than a nanosecond: \"" + std::string(text) + '"'};
  }
  ns += numerator / denominator;
  if (ns > kMaxNs) return too_long;
  const auto count = static_cast<std::int64_t>(ns);
  return Duration(negative ? -count : count);
}

std::string format_duration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const std::uint64_t ns =
      count < 0 ? -static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const std::string sign = count < 0 ? "-" : "";
  const Unit& minute = kUnits.front();
  for (const Unit& unit : kUnits) {
    const bool fits = &unit == &minute ? ns % unit.ns == 0 : ns >= unit.ns;
    if (fits) return sign + in_unit(ns, unit);
  }
  return sign + in_unit(ns, kUnits.back());
}

}  // namespace norn
