#include "faults/links_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "faults/fault_values.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/wan.hpp"

namespace norn::sim {
namespace {

// No message takes longer than this: eight means of it are far from the end of time.
constexpr Duration kMaxLatency = std::chrono::hours(24);
constexpr std::int64_t kMostBytes = 1'000'000'000'000;
constexpr std::int64_t kLeastMtu = 68;  // RFC 791: what every link carries

constexpr std::array<std::string_view, 6> kShapes = {"constant",   "uniform", "exponential",
                                                     "log_normal", "bimodal", "quantiles"};
constexpr std::array<std::string_view, 2> kDisciplines = {"drop_tail", "codel"};

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

// The place of a member's word among `words`, or `standard`.
std::size_t read_word(PlanReader& reader, std::string_view member,
                      std::span<const std::string_view> words, std::size_t standard) {
  const std::string* const text = reader.text(member, PlanReader::Need::optional);
  if (text == nullptr) return standard;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  reader.fail(member, "unknown word \"" + *text + "\" (known are: " + listed(words) + ")");
  return standard;
}

void read_number(PlanReader& reader, std::string_view member, std::int64_t least,
                 std::int64_t& value) {
  const nlohmann::json* const found = reader.find(member);
  if (found == nullptr) return;
  if (!found->is_number_integer())
    return reader.fail(member, "a whole number of bytes is expected, not " + shown(*found));
  const auto number = found->get<std::int64_t>();
  if (number < least || number > kMostBytes) {
    return reader.fail(member, std::to_string(number) + " is not from " + std::to_string(least) +
                                   " to " + std::to_string(kMostBytes));
  }
  value = number;
}

// ---- latency

nlohmann::json latency_json(const Latency& latency) {
  nlohmann::json json = {{"min", format_duration(latency.min)},
                         {"usual", format_duration(latency.usual)},
                         {"slow", format_share(latency.slow)},
                         {"slow_max", format_duration(latency.slow_max)}};
  const Latency standard;
  if (latency.shape != standard.shape)
    json["shape"] = kShapes.at(static_cast<std::size_t>(latency.shape));
  if (latency.sigma != standard.sigma) json["sigma"] = format_share(latency.sigma);
  if (latency.far != standard.far) json["far"] = format_share(latency.far);
  if (latency.far_usual != standard.far_usual)
    json["far_usual"] = format_duration(latency.far_usual);
  if (latency.jitter != standard.jitter) json["jitter"] = format_duration(latency.jitter);
  for (const Duration time : latency.quantiles) json["quantiles"].push_back(format_duration(time));
  return json;
}

// A list of times, or the name of a file with one a line.
void read_quantiles(PlanReader& reader, std::vector<Duration>& quantiles) {
  const nlohmann::json* const found = reader.find("quantiles");
  if (found == nullptr) return;
  if (const auto* const file = found->get_ptr<const std::string*>()) {
    Result<std::vector<Duration>> read = load_quantiles(*file);
    if (!read) return reader.fail("quantiles", read.error().message);
    quantiles = std::move(*read);
    return;
  }
  if (!found->is_array())
    return reader.fail("quantiles", "a list of times or a file is expected, not " + shown(*found));
  quantiles.clear();
  for (std::size_t i = 0; i < found->size(); ++i) {
    const std::string place = "quantiles[" + std::to_string(i) + ']';
    const auto* const text = (*found)[i].get_ptr<const std::string*>();
    if (text == nullptr)
      return reader.fail(place, "a time with its unit is expected, not " + shown((*found)[i]));
    const Result<Duration> time = parse_duration(*text);
    if (!time) return reader.fail(place, time.error().message);
    quantiles.push_back(*time);
  }
}

void check_quantiles(PlanReader& reader, const Latency& latency) {
  const std::vector<Duration>& times = latency.quantiles;
  if (latency.shape == LatencyShape::quantiles && times.size() < 2)
    reader.fail("quantiles", "at least two are needed");
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string place = "quantiles[" + std::to_string(i) + ']';
    if (times[i] < Duration::zero()) reader.fail(place, "negative time");
    if (times[i] > kMaxLatency) reader.fail(place, "more than a day");
    if (i > 0 && times[i] < times[i - 1]) reader.fail(place, "less than the one before");
  }
}

void check_latency(PlanReader& reader, const Latency& latency) {
  for (const auto& [member, time] : {std::pair("min", latency.min),
                                     {"usual", latency.usual},
                                     {"slow_max", latency.slow_max},
                                     {"far_usual", latency.far_usual},
                                     {"jitter", latency.jitter}}) {
    if (time > kMaxLatency) {
      reader.fail(member, format_duration(time) + " is more than a day");
    }
  }
  if (latency.shape != LatencyShape::quantiles && latency.usual < latency.min) {
    reader.fail("usual", format_duration(latency.usual) + " is less than min, " +
                             format_duration(latency.min));
  }
  if (!latency.slow.never() && latency.slow_max < latency.usual) {
    reader.fail("slow_max", format_duration(latency.slow_max) + " is less than usual, " +
                                format_duration(latency.usual));
  }
  if (!latency.far.never() && latency.far_usual < latency.min)
    reader.fail("far_usual", "is less than min, " + format_duration(latency.min));
  check_quantiles(reader, latency);
}

void read_latency(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                  Latency& latency) {
  PlanReader reader(value, path, problem,
                    {"min", "usual", "slow", "slow_max", "shape", "sigma", "far", "far_usual",
                     "jitter", "quantiles"});
  const LatencyShape before = latency.shape;
  latency.shape = static_cast<LatencyShape>(
      read_word(reader, "shape", kShapes, static_cast<std::size_t>(latency.shape)));
  // The slow share is FoundationDB's, and belongs to its shape.
  if (latency.shape != before && !reader.has("slow")) latency.slow = {0, 1};
  // A time alone is meant: constant, without "min" being said as well.
  if (latency.shape == LatencyShape::constant && !reader.has("min")) latency.min = Duration();
  reader.duration("min", latency.min);
  reader.duration("usual", latency.usual);
  reader.ratio("slow", latency.slow);
  reader.duration("slow_max", latency.slow_max);
  reader.ratio("sigma", latency.sigma);
  reader.ratio("far", latency.far);
  reader.duration("far_usual", latency.far_usual);
  reader.duration("jitter", latency.jitter);
  read_quantiles(reader, latency.quantiles);
  check_latency(reader, latency);
}

// ---- the rest

void read_burst(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                BurstLoss& burst) {
  PlanReader reader(value, path, problem, {"begins", "ends", "loss"});
  reader.ratio("begins", burst.begins);
  reader.ratio("ends", burst.ends);
  reader.ratio("loss", burst.loss);
}

void read_bandwidth(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                    Bandwidth& bandwidth) {
  PlanReader reader(value, path, problem, {"bytes_per_second", "queue_bytes", "discipline"});
  read_number(reader, "bytes_per_second", 0, bandwidth.bytes_per_second);
  read_number(reader, "queue_bytes", 1, bandwidth.queue_bytes);
  bandwidth.discipline = static_cast<QueueDiscipline>(read_word(
      reader, "discipline", kDisciplines, static_cast<std::size_t>(bandwidth.discipline)));
}

const std::vector<std::string_view>& link_members() {
  static const std::vector<std::string_view> kMembers = {
      "latency", "loss",     "duplicate",  "burst",     "reorder", "reorder_by",
      "corrupt", "truncate", "undetected", "bandwidth", "mtu"};
  return kMembers;
}

void read_members(PlanReader& reader, PlanProblem& problem, LinkOptions& links) {
  if (const auto* latency = reader.find("latency"))
    read_latency(*latency, reader.path_of("latency"), problem, links.latency);
  reader.ratio("loss", links.loss);
  reader.ratio("duplicate", links.duplicate);
  if (const auto* burst = reader.find("burst"))
    read_burst(*burst, reader.path_of("burst"), problem, links.burst);
  reader.ratio("reorder", links.reorder);
  reader.duration("reorder_by", links.reorder_by);
  if (links.reorder_by > kMaxLatency) reader.fail("reorder_by", "more than a day");
  reader.ratio("corrupt", links.corrupt);
  reader.ratio("truncate", links.truncate);
  reader.ratio("undetected", links.undetected);
  if (const auto* bandwidth = reader.find("bandwidth"))
    read_bandwidth(*bandwidth, reader.path_of("bandwidth"), problem, links.bandwidth);
  if (const auto* mtu = reader.find("mtu"); mtu != nullptr && *mtu != 0)
    read_number(reader, "mtu", kLeastMtu, links.mtu);
}

}  // namespace

nlohmann::json to_json(const LinkOptions& links) {
  nlohmann::json json = {{"latency", latency_json(links.latency)},
                         {"loss", format_share(links.loss)},
                         {"duplicate", format_share(links.duplicate)}};
  const LinkOptions standard;
  if (links.burst != standard.burst) {
    json["burst"] = {{"begins", format_share(links.burst.begins)},
                     {"ends", format_share(links.burst.ends)},
                     {"loss", format_share(links.burst.loss)}};
  }
  if (links.reorder != standard.reorder) json["reorder"] = format_share(links.reorder);
  if (links.reorder_by != standard.reorder_by)
    json["reorder_by"] = format_duration(links.reorder_by);
  if (links.corrupt != standard.corrupt) json["corrupt"] = format_share(links.corrupt);
  if (links.truncate != standard.truncate) json["truncate"] = format_share(links.truncate);
  if (links.undetected != standard.undetected) json["undetected"] = format_share(links.undetected);
  if (links.bandwidth != standard.bandwidth) {
    json["bandwidth"] = {
        {"bytes_per_second", links.bandwidth.bytes_per_second},
        {"queue_bytes", links.bandwidth.queue_bytes},
        {"discipline", kDisciplines.at(static_cast<std::size_t>(links.bandwidth.discipline))}};
  }
  if (links.mtu != standard.mtu) json["mtu"] = links.mtu;
  return json;
}

nlohmann::json to_json(const GroupLinks& group) {
  nlohmann::json json = to_json(group.options);
  json["side_a"] = group.side_a;
  json["side_b"] = group.side_b;
  return json;
}

void read_links(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                LinkOptions& links) {
  PlanReader reader(value, path, problem, link_members());
  read_members(reader, problem, links);
}

void read_link_groups(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                      std::vector<GroupLinks>& groups) {
  if (!value.is_array()) return problem.set(path, "a list of links between groups is expected");
  std::vector<std::string_view> members = link_members();
  members.insert(members.begin(), {"side_a", "side_b", "preset"});
  for (std::size_t i = 0; i < value.size() && !problem.text; ++i) {
    PlanReader reader(value[i], path + '[' + std::to_string(i) + ']', problem, members);
    GroupLinks group;
    reader.names("side_a", group.side_a);
    if (reader.has("side_b")) {
      reader.names("side_b", group.side_b);
    } else {
      group.side_b = group.side_a;
    }
    if (const std::string* const name = reader.text("preset", PlanReader::Need::optional)) {
      if (const auto preset = wan::preset(*name)) {
        group.options = *preset;
      } else {
        reader.fail("preset", "unknown preset \"" + *name +
                                  "\" (known are: " + listed(wan::preset_names()) + ")");
      }
    }
    read_members(reader, problem, group.options);
    groups.push_back(std::move(group));
  }
}

}  // namespace norn::sim
