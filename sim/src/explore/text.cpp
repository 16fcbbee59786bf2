#include "explore/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <numeric>

namespace norn::explore {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  std::string text = grouped(number) + ' ' + std::string(noun);
  if (number != 1) text += 's';
  return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number) + " " + std::string(number == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string hash_text(std::uint64_t hash) {
  std::array<char, 19> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

std::optional<std::uint64_t> parse_hash(std::string_view text) {
  if (!text.starts_with("0x") || text.size() < 3) return std::nullopt;
  std::uint64_t value = 0;
  const char* const begin = text.data() + 2;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(begin, end, value, 16);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string rough_duration(Duration duration) {
  struct Unit {
    double ns;
    const char* name;
  };
  static constexpr std::array<Unit, 7> kUnits = {{{86'400e9, "d"},
                                                  {3'600e9, "h"},
                                                  {60e9, "min"},
                                                  {1e9, "s"},
                                                  {1e6, "ms"},
                                                  {1e3, "us"},
                                                  {1, "ns"}}};
  const auto ns = static_cast<double>(duration.count());
  for (const Unit& unit : kUnits) {
    // Minutes, hours and days only from two of them on: "90 s" says more than "1.5 min".
    const double least = unit.ns > 1e9 ? 2 * unit.ns : unit.ns;
    if (ns < least) continue;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.3g %s", ns / unit.ns, unit.name);
    return text.data();
  }
  return "0 s";
}

namespace {

// Levenshtein's distance, with one row of the table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view text, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, text.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string shell_word(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=+,@%").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace norn::explore
