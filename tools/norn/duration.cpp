#include "duration.hpp"

#include <array>
#include <limits>
#include <optional>

namespace norn::command {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"m", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

Error bad(std::string_view text, const std::string& why) {
  return {Errc::invalid, "'" + std::string(text) + "' is no time: " + why};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// digits · unit / 10^decimals, if it is whole and fits.
std::optional<std::int64_t> scaled(std::string_view digits, std::size_t decimals,
                                   std::int64_t unit) {
  std::int64_t value = 0;
  for (const char c : digits) {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  for (; decimals > 0 && unit % 10 == 0; --decimals) unit /= 10;
  for (; decimals > 0 && value % 10 == 0; --decimals) value /= 10;
  if (decimals > 0 || __builtin_mul_overflow(value, unit, &value)) return std::nullopt;
  return value;
}

}  // namespace

Result<std::int64_t> parse_duration(std::string_view text) {
  if (text == "0") return std::int64_t{0};
  std::string digits;
  std::size_t decimals = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    digits += text[at];
    decimals += point ? 1 : 0;
  }
  if (digits.empty()) return bad(text, "write a number and a unit, like 1.5s or 20ms");
  for (const Unit& unit : kUnits) {
    if (text.substr(at) != unit.name) continue;
    const auto value = scaled(digits, decimals, unit.ns);
    if (!value) return bad(text, "it is not a whole number of nanoseconds below 292 years");
    return *value;
  }
  return bad(text, at == text.size() ? "the unit is missing (ns, us, ms, s or m)"
                                     : "the unit is none of ns, us, ms, s, m");
}

std::string duration_text(std::int64_t ns) {
  if (ns < 0)
    return "-" + duration_text(ns == std::numeric_limits<std::int64_t>::min() ? ns + 1 : -ns);
  Unit unit = kUnits[1];
  for (std::size_t i = 2; i < kUnits.size() && ns != 0 && ns < unit.ns; ++i) unit = kUnits[i];
  std::string text = std::to_string(ns / unit.ns);
  std::string fraction = std::to_string(unit.ns + ns % unit.ns).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return text + std::string(unit.name);
}

}  // namespace norn::command
