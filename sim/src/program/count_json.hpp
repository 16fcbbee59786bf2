// The counts of runs as --json and a campaign's workers write them.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "norn/sim/run_seeds.hpp"

namespace norn::program {

using Json = nlohmann::ordered_json;

Json property_json(const PropertyCount& count);
Json strategy_json(const StrategyCount& count);
Json place_json(const BuggifyCount& count);
Json fault_json(const FaultCount& count);

template <class T, class Convert>
Json list_of(const std::vector<T>& values, Convert convert) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(convert(value));
  return list;
}

}  // namespace norn::program
