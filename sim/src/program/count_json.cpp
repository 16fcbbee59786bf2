#include "program/count_json.hpp"

namespace norn::program {

Json property_json(const PropertyCount& count) {
  Json json = {{"name", count.name},           {"kind", count.kind},
               {"evaluated", count.evaluated}, {"held", count.held},
               {"judged", count.judged},       {"excused", count.excused},
               {"excuse", count.excuse},       {"first_seed", count.first_seed}};
  if (count.room) json["room"] = *count.room;
  return json;
}

Json strategy_json(const StrategyCount& count) {
  Json json = {{"name", count.name},
               {"runs", count.runs},
               {"failed", count.failed},
               {"first_seed", count.first_seed}};
  if (count.kept > 0) json["kept"] = count.kept;
  return json;
}

Json place_json(const BuggifyCount& count) {
  return {{"place", count.place},
          {"where", count.where},
          {"armed", count.armed},
          {"passed", count.passed},
          {"fired", count.fired}};
}

Json fault_json(const FaultCount& count) {
  return {{"kind", count.kind},
          {"asked", count.asked},
          {"begun", count.begun},
          {"bit", count.bit},
          {"bites", count.bites}};
}

}  // namespace norn::program
