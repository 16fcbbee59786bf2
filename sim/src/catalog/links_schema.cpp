// The part of the schema that says what links are. What reads it:
// sim/src/faults/fault_plan_json.cpp.
#include "norn/faults/plan_schema.hpp"

namespace norn {

std::string_view links_schema() {
  return R"({
    "latency": {
      "description": "A message takes min plus an exponentially distributed time with mean usual - min, cut off at eight means; a `slow` share of them takes a time uniform between usual and slow_max instead. No time is more than a day.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "min": { "$ref": "#/definitions/duration", "default": "100us" },
        "usual": { "$ref": "#/definitions/duration", "default": "800us", "description": "At least min." },
        "slow": { "$ref": "#/definitions/share", "default": "1/1000" },
        "slow_max": { "$ref": "#/definitions/duration", "default": "100ms", "description": "At least usual." }
      }
    },
    "loss": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that never arrive." },
    "duplicate": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that arrive twice." }
  })";
}

}  // namespace norn
