// The part of the schema that says what links are. What reads it:
// sim/src/faults/links_json.cpp.
#include "norn/faults/plan_schema.hpp"

namespace norn {

std::string_view links_schema() {
  return R"({
    "latency": {
      "description": "How long a message is under way, by its shape: constant (usual), uniform (from min to 2 usual - min), exponential (min plus an exponential of mean usual - min, cut off at eight means), log_normal (min plus a log-normal of median usual - min), bimodal (exponential around usual, and for a share `far` around far_usual), quantiles. A `slow` share takes a time uniform between usual and slow_max instead. No time is more than a day.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "min": { "$ref": "#/definitions/duration", "default": "100us" },
        "usual": { "$ref": "#/definitions/duration", "default": "800us", "description": "At least min." },
        "slow": { "$ref": "#/definitions/share", "default": "1/1000", "description": "Of another shape than exponential: 0/1." },
        "slow_max": { "$ref": "#/definitions/duration", "default": "100ms", "description": "At least usual." },
        "shape": { "type": "string", "enum": ["constant", "uniform", "exponential", "log_normal", "bimodal", "quantiles"], "default": "exponential" },
        "sigma": { "$ref": "#/definitions/share", "default": "1/2", "description": "Of log_normal: the standard deviation of the logarithm." },
        "far": { "$ref": "#/definitions/share", "default": "0/1", "description": "Of bimodal: the share of the second mode." },
        "far_usual": { "$ref": "#/definitions/duration", "default": "0ns", "description": "Of bimodal: the mean of the second mode, at least min." },
        "jitter": { "$ref": "#/definitions/duration", "default": "0ns", "description": "Up to so much is added, uniform." },
        "quantiles": { "items": { "$ref": "#/definitions/duration" }, "description": "Of the shape quantiles: at least two times, none less than the one before, which divide the probability evenly; or the name of a file with one a line." }
      }
    },
    "loss": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that never arrive." },
    "duplicate": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that arrive twice." },
    "burst": {
      "description": "Loss in bursts, after Gilbert and Elliott: at each message a good link turns bad with the chance `begins`, a bad one good with the chance `ends`; a bad one loses the share `loss`.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "begins": { "$ref": "#/definitions/share", "default": "0/1" },
        "ends": { "$ref": "#/definitions/share", "default": "1/4" },
        "loss": { "$ref": "#/definitions/share", "default": "1/1" }
      }
    },
    "reorder": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that take up to reorder_by longer." },
    "reorder_by": { "$ref": "#/definitions/duration", "default": "10ms" },
    "corrupt": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages of which one bit is flipped." },
    "truncate": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the messages that lose their end." },
    "undetected": { "$ref": "#/definitions/share", "default": "0/1", "description": "Share of the damaged messages that arrive all the same; the others are dropped." },
    "bandwidth": {
      "description": "How many bytes, headers included, a link carries in a second; what comes meanwhile waits in a queue.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "bytes_per_second": { "type": "integer", "minimum": 0, "maximum": 1000000000000, "default": 0, "description": "0: no limit." },
        "queue_bytes": { "type": "integer", "minimum": 1, "maximum": 1000000000000, "default": 256000 },
        "discipline": { "type": "string", "enum": ["drop_tail", "codel"], "default": "drop_tail" }
      }
    },
    "mtu": { "type": "integer", "minimum": 0, "maximum": 1000000000000, "default": 0, "description": "Bytes on the wire, at least 68; 0: no limit. Larger datagrams are lost, TCP cuts its segments to it." }
  })";
}

}  // namespace norn
