// What must hold of exported traces, whatever they are of.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "norn/trace/event.hpp"
#include "support/catch.hpp"

namespace norn::trace::testing {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Slices nest and end, arrows have both ends, numbers are numbers. Gives the number of arrows.
inline std::size_t require_sound_chrome(const std::string& text) {
  using Json = nlohmann::json;
  const Json trace = Json::parse(text);
  std::map<std::pair<int, int>, int> open;
  std::set<std::pair<int, int>> named;
  std::map<std::uint64_t, double> begun;
  std::set<std::uint64_t> ended;
  double last = 0;
  for (const Json& event : trace.at("traceEvents")) {
    REQUIRE(event.at("pid").is_number_unsigned());
    REQUIRE(event.at("tid").is_number_unsigned());
    const std::string phase = event.at("ph");
    const auto track = std::pair<int, int>(event["pid"], event["tid"]);
    if (phase == "M") {
      if (event["name"] == "thread_name") named.insert(track);
      continue;
    }
    REQUIRE(named.contains(track));
    const double time = event.at("ts");
    REQUIRE(time >= last);
    last = time;
    if (phase == "B") ++open[track];
    if (phase == "E") REQUIRE(--open[track] >= 0);
    if (phase == "s") REQUIRE(begun.emplace(event.at("id").get<std::uint64_t>(), time).second);
    if (phase == "f") {
      REQUIRE(event.at("bp") == "e");
      const auto id = event.at("id").get<std::uint64_t>();
      REQUIRE(begun.contains(id));
      REQUIRE(ended.insert(id).second);
    }
    // An arrow is bound to the slice around it.
    if (phase == "s" || phase == "f") REQUIRE(open[track] > 0);
  }
  for (const auto& [track, count] : open) REQUIRE(count == 0);
  REQUIRE(begun.size() == ended.size());
  return begun.size();
}

// A message of protocol buffers as its fields; see the encoding's public description.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};
inline std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      REQUIRE(at < message.size());
      REQUIRE(shift < 64);
      const auto byte = static_cast<unsigned char>(message[at++]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    Field& field = fields.emplace_back();
    const std::uint64_t tag = varint();
    field.number = tag >> 3U;
    if ((tag & 7U) == 0) {
      field.value = varint();
    } else if ((tag & 7U) == 1) {
      REQUIRE(at + 8 <= message.size());
      for (unsigned i = 0; i < 8; ++i)
        field.value |= std::uint64_t{static_cast<unsigned char>(message[at++])} << (8 * i);
    } else {
      REQUIRE((tag & 7U) == 2);
      const std::uint64_t size = varint();
      REQUIRE(at + size <= message.size());
      field.bytes = message.substr(at, size);
      at += size;
    }
  }
  return fields;
}

inline std::size_t require_sound_perfetto(const std::string& trace) {
  std::map<std::uint64_t, int> open;  // by track
  std::set<std::uint64_t> tracks;
  std::set<std::uint64_t> names;
  std::set<std::uint64_t> flows;
  std::set<std::uint64_t> ended;
  for (const Field& packet : fields_of(trace)) {
    REQUIRE(packet.number == 1);
    std::string_view event;
    for (const Field& field : fields_of(packet.bytes)) {
      if (field.number == 60) tracks.insert(fields_of(field.bytes)[0].value);
      if (field.number == 11) event = field.bytes;
      if (field.number != 12) continue;
      for (const Field& entry : fields_of(field.bytes)) {
        if (entry.number == 2) names.insert(fields_of(entry.bytes)[0].value);
      }
    }
    std::uint64_t track = 0;
    std::uint64_t type = 0;
    for (const Field& field : fields_of(event)) {
      if (field.number == 9) type = field.value;
      if (field.number == 11) track = field.value;
      if (field.number == 10) REQUIRE(names.contains(field.value));
      if (field.number == 47) REQUIRE(flows.insert(field.value).second);
      if (field.number == 48) {
        REQUIRE(flows.contains(field.value));
        REQUIRE(ended.insert(field.value).second);
      }
    }
    if (event.empty()) continue;
    REQUIRE(tracks.contains(track));
    if (type == 1) ++open[track];
    if (type == 2) REQUIRE(--open[track] >= 0);
  }
  for (const auto& [track, count] : open) REQUIRE(count == 0);
  REQUIRE(flows.size() == ended.size());
  return flows.size();
}

struct ShivizEvent {
  std::string host;
  std::map<std::string, int> clock;
  Seq seq = 0;
};

// The clocks are such that ShiViz takes them.
inline std::vector<ShivizEvent> require_sound_shiviz(const std::string& text) {
  const auto lines = lines_of(text);
  REQUIRE(lines.size() % 2 == 0);
  CHECK(lines[0].find("(?<host>") != std::string::npos);
  CHECK(lines[1].empty());
  std::vector<ShivizEvent> events;
  std::map<std::string, std::map<std::string, int>> last;
  for (std::size_t i = 2; i < lines.size(); i += 2) {
    std::istringstream in(lines[i]);
    ShivizEvent event;
    std::string time;
    std::string kind;
    std::string clock;
    in >> event.seq >> time >> kind >> event.host;
    std::getline(in, clock);
    event.clock = nlohmann::json::parse(clock).get<std::map<std::string, int>>();
    REQUIRE(event.clock[event.host] == last[event.host][event.host] + 1);
    for (const auto& [host, count] : last[event.host]) REQUIRE(event.clock[host] >= count);
    for (const auto& [host, count] : event.clock)
      REQUIRE((host == event.host || count <= last[host][host]));
    last[event.host] = event.clock;
    events.push_back(event);
  }
  return events;
}

inline void require_sound_otlp(const std::string& text) {
  std::map<std::string, std::string> trace_of;  // by span
  std::vector<std::pair<std::string, std::string>> named;
  for (const std::string& line : lines_of(text)) {
    using Json = nlohmann::json;
    const Json request = Json::parse(line);
    for (const Json& resource : request.at("resourceSpans")) {
      for (const Json& span : resource.at("scopeSpans").at(0).at("spans")) {
        REQUIRE(span.at("traceId").get<std::string>().size() == 32);
        REQUIRE(span.at("spanId").get<std::string>().size() == 16);
        REQUIRE(std::stoull(span.at("startTimeUnixNano").get<std::string>()) <=
                std::stoull(span.at("endTimeUnixNano").get<std::string>()));
        REQUIRE(trace_of.emplace(span["spanId"], span["traceId"]).second);
        if (span.contains("parentSpanId"))
          named.emplace_back(span["parentSpanId"], span["traceId"]);
        if (!span.contains("links")) continue;
        for (const Json& link : span["links"]) named.emplace_back(link["spanId"], link["traceId"]);
      }
    }
  }
  for (const auto& [span, trace] : named) {
    REQUIRE(trace_of.contains(span));
    REQUIRE(trace_of[span] == trace);
  }
}

}  // namespace norn::trace::testing
