// Links as they are within and between data centres.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/sim/link_options.hpp"

namespace norn::wan {

// Within a data centre: half of the round trips that Guo et al. measured between the servers of one
// pod and of different pods ("Pingmesh", SIGCOMM 2015, 4.1: medians of 216 and 268 µs, 99th
// percentiles of 1.26 and 1.34 ms), as log-normal latencies with these two points; a loss of 1 in
// 50,000, of the order they found (10^-5 to 10^-4).
LinkOptions same_rack();
LinkOptions same_zone();
// Between the zones of one region: a round trip of a millisecond, which is what providers promise
// at most for zones that are near each other ("single-digit milliseconds" is the usual wording).
LinkOptions same_region();
// Between regions: half of the round trip, all but 5 % of it constant (light in glass does not
// wait), and a loss of 1 in 10,000.
LinkOptions far_apart(Duration round_trip);

// A region is a list of nodes. All links within it are same_region(); between two regions, far
// apart by round_trips[i][j], which is used for i < j only.
std::vector<GroupLinks> regions(const std::vector<std::vector<std::string>>& nodes,
                                const std::vector<std::vector<Duration>>& round_trips);

// Three regions: the east of North America, Western Europe and the east of Asia, with round trips
// of 75 ms, 150 ms and 220 ms: first-second, first-third, second-third. They are of the size that
// providers publish for Virginia, Ireland and Tokyo.
std::vector<GroupLinks> three_regions(std::vector<std::string> america,
                                      std::vector<std::string> europe,
                                      std::vector<std::string> asia);

// The presets by name, for plans: same_rack, same_zone, same_region, america_europe, america_asia,
// europe_asia. nullopt: there is none of this name.
std::optional<LinkOptions> preset(std::string_view name);
std::span<const std::string_view> preset_names();

}  // namespace norn::wan
