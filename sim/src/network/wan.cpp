#include "norn/sim/wan.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace norn::wan {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Ratio kLossInside = {1, 50'000};
constexpr Ratio kLossOutside = {1, 10'000};

// A log-normal with a median m and a 99th percentile of m e^(2.33 sigma).
LinkOptions inside(microseconds least, microseconds median, Ratio sigma) {
  return {.latency = Latency::log_normal_of(least, median, sigma), .loss = kLossInside};
}

constexpr milliseconds kAmericaEurope(75);
constexpr milliseconds kAmericaAsia(150);
constexpr milliseconds kEuropeAsia(220);

constexpr std::array<std::string_view, 6> kNames = {
    "same_rack", "same_zone", "same_region", "america_europe", "america_asia", "europe_asia"};

}  // namespace

// ln(630 / 108) / 2.33 is 0.76, and ln(670 / 134) / 2.33 is 0.69.
LinkOptions same_rack() {
  return inside(microseconds(0), microseconds(108), {76, 100});
}
LinkOptions same_zone() {
  return inside(microseconds(0), microseconds(134), {69, 100});
}
LinkOptions same_region() {
  return inside(microseconds(250), microseconds(500), {69, 100});
}

LinkOptions far_apart(Duration round_trip) {
  constexpr int parts = 40;  // a fortieth of the round trip is 5 % of one way
  const Duration one_way = round_trip / 2;
  return {.latency = Latency::exponential_of(one_way - round_trip / parts, one_way),
          .loss = kLossOutside};
}

std::vector<GroupLinks> regions(const std::vector<std::vector<std::string>>& nodes,
                                const std::vector<std::vector<Duration>>& round_trips) {
  std::vector<GroupLinks> links;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    links.push_back({.side_a = nodes[i], .side_b = nodes[i], .options = same_region()});
    for (std::size_t k = i + 1; k < nodes.size(); ++k) {
      NORN_ASSERT(i < round_trips.size() && k < round_trips[i].size(),
                  "wan::regions() needs a round trip for every two regions");
      links.push_back(
          {.side_a = nodes[i], .side_b = nodes[k], .options = far_apart(round_trips[i][k])});
    }
  }
  return links;
}

std::vector<GroupLinks> three_regions(std::vector<std::string> america,
                                      std::vector<std::string> europe,
                                      std::vector<std::string> asia) {
  return regions({std::move(america), std::move(europe), std::move(asia)},
                 {{Duration(), kAmericaEurope, kAmericaAsia}, {{}, {}, kEuropeAsia}});
}

std::optional<LinkOptions> preset(std::string_view name) {
  if (name == "same_rack") return same_rack();
  if (name == "same_zone") return same_zone();
  if (name == "same_region") return same_region();
  if (name == "america_europe") return far_apart(kAmericaEurope);
  if (name == "america_asia") return far_apart(kAmericaAsia);
  if (name == "europe_asia") return far_apart(kEuropeAsia);
  return std::nullopt;
}

std::span<const std::string_view> preset_names() {
  return kNames;
}

}  // namespace norn::wan
