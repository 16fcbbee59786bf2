#include "campaign/tally.hpp"

#include <algorithm>
#include <charconv>

#include "commands.hpp"

namespace norn::command {

namespace {

std::uint64_t number(const Json& json, const char* name) {
  return json.at(name).get<std::uint64_t>();
}

bool should_happen(const std::string& kind) {
  return kind == "sometimes" || kind == "reachable";
}

bool is_smaller(const Group& one, const Group& other) {
  return std::pair(one.events, one.index) < std::pair(other.events, other.index);
}

// join() adds the failures of `more` to `sum`, which is empty or has the same signature.
void join(Group& sum, const Group& more) {
  if (sum.count == 0) {
    sum = more;
    return;
  }
  const std::uint64_t count = sum.count + more.count;
  if (more.first_index < sum.first_index) {
    sum.first_index = more.first_index;
    sum.first_seed = more.first_seed;
  }
  if (is_smaller(more, sum)) {
    const auto first = std::pair(sum.first_index, sum.first_seed);
    sum = more;
    std::tie(sum.first_index, sum.first_seed) = first;
  }
  sum.count = count;
}

Group group_of(const Json& json) {
  Group group;
  group.count = number(json, "count");
  group.first_index = number(json, "first_index");
  group.first_seed = number(json, "first_seed");
  group.smallest = json.at("smallest");
  group.events = number(group.smallest, "events");
  group.index = number(group.smallest, "index");
  group.seed = number(group.smallest, "seed");
  return group;
}

Json group_json(const Signature& signature, const Group& group) {
  Json json = signature_json(signature);
  json["count"] = group.count;
  json["first_index"] = group.first_index;
  json["first_seed"] = group.first_seed;
  json["smallest"] = group.smallest;
  return json;
}

}  // namespace

std::optional<std::uint64_t> hash_number(const std::string& text) {
  std::uint64_t value = 0;
  if (!text.starts_with("0x")) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 2, end, value, 16);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

Json signature_json(const Signature& signature) {
  return {{"kind", signature.kind},
          {"property", signature.property},
          {"subject", signature.subject},
          {"message", signature.message}};
}

Signature signature_of(const Json& json) {
  return {json.at("kind"), json.at("property"), json.at("subject"), json.at("message")};
}

Json group_failures(const Json& failures, std::uint64_t first) {
  std::map<Signature, Group> groups;
  for (const Json& failure : failures) {
    const Signature signature{"violation", failure.at("property"), failure.at("subject"),
                              masked(failure.at("detail").get<std::string>())};
    Group group;
    group.count = 1;
    group.index = group.first_index = first + number(failure, "position");
    group.seed = group.first_seed = number(failure, "seed");
    group.events = number(failure, "events");
    group.smallest = {{"index", group.index},           {"seed", group.seed},
                      {"events", group.events},         {"at", failure.at("at")},
                      {"detail", failure.at("detail")}, {"hash", failure.at("hash")}};
    join(groups[signature], group);
  }
  Json list = Json::array();
  for (const auto& [signature, group] : groups) list.push_back(group_json(signature, group));
  return list;
}

void Tally::add_part(const Json& part) {
  incomplete_ += number(part, "incomplete");
  simulated_us_ += number(part, "simulated_us");
  events_ += number(part, "events");
  messages_ += number(part, "messages");
  digest_ += hash_number(part.at("digest")).value_or(0);
  if (first_incomplete_.is_null() && part.contains("first_incomplete"))
    first_incomplete_ = part.at("first_incomplete");
  add_properties(part.at("properties"));
  add_faults(part.at("faults"));
  add_places(part.at("buggify"));
  add_strategies(part.at("strategies"));
  for (const Json& group : part.at("groups")) add_group(group);
}

void Tally::add_group(const Json& json) {
  const Group group = group_of(json);
  failed_ += group.count;
  join(groups_[signature_of(json)], group);
}

void Tally::add_death(const Json& death) {
  Group group;
  group.count = 1;
  group.index = group.first_index = number(death, "index");
  group.seed = group.first_seed = number(death, "seed");
  group.smallest = {{"index", group.index}, {"seed", group.seed}};
  for (const Json& line : death.at("last_words")) group.last_words.push_back(line);
  ++died_;
  join(groups_[signature_of(death)], group);
}

void Tally::add_properties(const Json& counts) {
  for (const Json& count : counts) {
    const std::string kind = count.at("kind");
    Property& sum = properties_[{kind, count.at("name")}];
    sum.evaluated += number(count, "evaluated");
    sum.held += number(count, "held");
    sum.excused += number(count, "excused");
    sum.judged = sum.judged || count.at("judged").get<bool>();
    if (sum.first_seed == 0) sum.first_seed = number(count, "first_seed");
    if (sum.excuse.empty()) sum.excuse = count.at("excuse");
    if (!count.contains("room")) continue;
    const auto room = count.at("room").get<std::int64_t>();
    const std::int64_t so_far = sum.room.value_or(room);
    sum.room = should_happen(kind) ? std::max(so_far, room) : std::min(so_far, room);
  }
}

void Tally::add_faults(const Json& counts) {
  for (const Json& count : counts) {
    Fault& sum = faults_[count.at("kind")];
    sum.asked += number(count, "asked");
    sum.begun += number(count, "begun");
    sum.bit += number(count, "bit");
    for (const auto& [what, times] : count.at("bites").items())
      sum.bites[what] += times.get<std::uint64_t>();
  }
}

void Tally::add_places(const Json& counts) {
  for (const Json& count : counts) {
    Place& sum = places_[count.at("place")];
    sum.where = count.at("where");
    sum.armed += number(count, "armed");
    sum.passed += number(count, "passed");
    sum.fired += number(count, "fired");
  }
}

void Tally::add_strategies(const Json& counts) {
  for (const Json& count : counts) {
    Strategy& sum = strategies_[count.at("name")];
    sum.runs += number(count, "runs");
    sum.failed += number(count, "failed");
    if (sum.first_seed == 0) sum.first_seed = number(count, "first_seed");
  }
}

void Tally::add_claims(const Json& claims) {
  for (const Json& claim : claims) properties_.try_emplace({claim.at("kind"), claim.at("name")});
}

void Tally::write(Json& result) const {
  result["failed"] = failed_;
  result["died"] = died_;
  result["incomplete"] = incomplete_;
  if (!first_incomplete_.is_null()) result["first_incomplete"] = first_incomplete_;
  result["simulated_us"] = simulated_us_;
  result["events"] = events_;
  result["messages"] = messages_;
  result["digest"] = hash_text(digest_);
  result["properties"] = Json::array();
  for (const auto& [key, sum] : properties_) {
    Json json = {{"name", key.second},         {"kind", key.first},
                 {"evaluated", sum.evaluated}, {"held", sum.held},
                 {"judged", sum.judged},       {"excused", sum.excused},
                 {"excuse", sum.excuse},       {"first_seed", sum.first_seed}};
    if (sum.room) json["room"] = *sum.room;
    result["properties"].push_back(std::move(json));
  }
  result["faults"] = Json::array();
  for (const auto& [kind, sum] : faults_) {
    result["faults"].push_back({{"kind", kind},
                                {"asked", sum.asked},
                                {"begun", sum.begun},
                                {"bit", sum.bit},
                                {"bites", sum.bites}});
  }
  result["buggify"] = Json::array();
  for (const auto& [place, sum] : places_) {
    result["buggify"].push_back({{"place", place},
                                 {"where", sum.where},
                                 {"armed", sum.armed},
                                 {"passed", sum.passed},
                                 {"fired", sum.fired}});
  }
  result["strategies"] = Json::array();
  for (const auto& [name, sum] : strategies_) {
    result["strategies"].push_back({{"name", name},
                                    {"runs", sum.runs},
                                    {"failed", sum.failed},
                                    {"first_seed", sum.first_seed}});
  }
}

std::vector<std::string> Tally::warnings() const {
  std::vector<std::string> lines;
  for (const auto& [key, sum] : properties_) {
    const std::string name = key.first + " \"" + key.second + "\"";
    if (should_happen(key.first)) {
      if (sum.held == 0) lines.push_back(name + " was never seen");
    } else if (sum.evaluated == 0 && !sum.judged) {
      lines.push_back(name + " was never judged");
    }
  }
  for (const auto& [kind, sum] : faults_) {
    if (sum.asked > 0 && sum.bit == 0)
      lines.push_back("fault " + kind + " was asked for and never bit");
  }
  for (const auto& [place, sum] : places_) {
    if (sum.armed > 0 && sum.fired == 0)
      lines.push_back("buggify " + place + " (" + sum.where + ") was armed and never fired");
  }
  return lines;
}

}  // namespace norn::command
