#include "campaign/manifest.hpp"

#include <utility>

namespace norn::command {

namespace {

constexpr int kVersion = 1;

Json seeds_json(const Seeds& seeds) {
  Json json = {{"count", seeds.count}, {"campaign_seed", seeds.campaign_seed}};
  if (seeds.literal) json["first"] = seeds.first;
  return json;
}

Seeds seeds_of(const Json& json) {
  Seeds seeds{.count = json.at("count"), .campaign_seed = json.at("campaign_seed")};
  seeds.literal = json.contains("first");
  if (seeds.literal) seeds.first = json.at("first");
  return seeds;
}

// The first member, by its path, that two objects do not have in common.
std::string first_difference(const Json& one, const Json& other, const std::string& path) {
  for (const auto& [name, value] : one.items()) {
    std::string here = path;
    here.append(path.empty() ? "" : ".").append(name);
    const Json theirs = other.contains(name) ? other.at(name) : Json();
    if (value == theirs) continue;
    if (value.is_object() && theirs.is_object()) return first_difference(value, theirs, here);
    return here + ": " + text_of(value) + ", not " +
           (theirs.is_null() ? "nothing" : text_of(theirs));
  }
  for (const auto& [name, value] : other.items()) {
    if (!one.contains(name)) return name + ": nothing, not " + text_of(value);
  }
  return {};
}

}  // namespace

Range Manifest::range() const {
  return range_of(shard.value_or(Shard{}), seeds.count);
}

Json to_json(const Manifest& manifest) {
  Json json = {{"norn_campaign", kVersion}};
  json.update(manifest.identity);
  json["seeds"] = seeds_json(manifest.seeds);
  if (manifest.shard)
    json["shard"] = {{"number", manifest.shard->number}, {"of", manifest.shard->of}};
  if (manifest.merged) json["merged"] = true;
  json["arguments"] = manifest.arguments;
  json["claims"] = manifest.claims;
  return json;
}

Result<Manifest> read_manifest(const std::string& folder) {
  const std::string path = folder + "/" + kManifestFile;
  Result<Json> json = read_json(path);
  if (!json) return json.error();
  try {
    if (json->at("norn_campaign") != kVersion) {
      return Error{Errc::invalid, path + ": written by another version of norn (format " +
                                      text_of(json->at("norn_campaign")) + ")"};
    }
    Manifest manifest;
    manifest.seeds = seeds_of(json->at("seeds"));
    manifest.claims = json->at("claims");
    manifest.arguments = json->at("arguments");
    manifest.merged = json->value("merged", false);
    if (json->contains("shard"))
      manifest.shard = Shard{json->at("shard").at("number"), json->at("shard").at("of")};
    for (const char* other : {"norn_campaign", "seeds", "shard", "merged", "arguments", "claims"})
      json->erase(other);
    manifest.identity = *std::move(json);
    return manifest;
  } catch (const nlohmann::json::exception&) {
    return Error{Errc::invalid, path + ": this is no manifest of a campaign"};
  }
}

std::string difference(const Manifest& one, const Manifest& other) {
  const auto comparable = [](const Manifest& manifest) {
    Json json = manifest.identity;
    json["seeds"] = seeds_json(manifest.seeds);
    json["shards"] = manifest.shard ? manifest.shard->of : 1;
    return json;
  };
  return first_difference(comparable(one), comparable(other), "");
}

}  // namespace norn::command
