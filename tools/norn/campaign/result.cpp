#include "campaign/result.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "norn_command.hpp"

namespace norn::command {

namespace {

constexpr int kVersion = 1;
constexpr int kNondeterminism = 4;

// The line that runs one seed again; the program without its folder, which is another elsewhere.
std::string seed_line(const Manifest& manifest, std::uint64_t seed) {
  std::string line = manifest.identity.at("program").get<std::string>();
  for (const Json& word : manifest.arguments) line += " " + shell_word(word.get<std::string>());
  return line + " --seed " + std::to_string(seed);
}

Json signatures_json(const Manifest& manifest, const Tally& tally) {
  std::vector<std::pair<Signature, Group>> groups(tally.groups().begin(), tally.groups().end());
  std::sort(groups.begin(), groups.end(), [](const auto& one, const auto& other) {
    return std::tie(one.second.first_index, one.first) <
           std::tie(other.second.first_index, other.first);
  });
  Json list = Json::array();
  for (const auto& [signature, group] : groups) {
    Json json = signature_json(signature);
    json["count"] = group.count;
    json["first_seed"] = group.first_seed;
    json["first_index"] = group.first_index;
    json["smallest"] = group.smallest;
    if (!group.last_words.empty()) json["last_words"] = group.last_words;
    json["replay"] = seed_line(manifest, group.seed);
    list.push_back(std::move(json));
  }
  return list;
}

template <class Key>
Json values_of(const std::map<Key, Json>& map) {
  Json list = Json::array();
  for (const auto& [key, value] : map) list.push_back(value);
  return list;
}

bool has_bad_case(const Json& result) {
  return std::any_of(result.at("cases").begin(), result.at("cases").end(),
                     [](const Json& one) { return one.at("status") != "fixed"; });
}

bool has_unrepeated_crash(const Json& result) {
  return std::any_of(result.at("unrepeated").begin(), result.at("unrepeated").end(),
                     [](const Json& one) { return one.at("kind") == "crash"; });
}

bool is_whole(const Json& result) {
  return result.at("done") == result.at("asked") && result.at("unchecked") == 0;
}

std::string_view verdict_of(int exit_code) {
  switch (exit_code) {
    case kPassed:
      return "passed";
    case kViolated:
      return "violated";
    case kNondeterminism:
      return "nondeterministic";
    default:
      return "incomplete";
  }
}

// Which shards still have something to do.
Json missing_shards(const Json& gaps, const Shard& any, std::uint64_t count) {
  Json list = Json::array();
  for (std::uint64_t number = 1; number <= any.of; ++number) {
    const Range range = range_of({number, any.of}, count);
    const bool lacks = std::any_of(gaps.begin(), gaps.end(), [&](const Json& gap) {
      return gap.at(0).get<std::uint64_t>() < range.end &&
             gap.at(1).get<std::uint64_t>() >= range.begin;
    });
    if (lacks) list.push_back(number);
  }
  return list;
}

}  // namespace

Json make_result(const Manifest& manifest, Folded folded) {
  const Range range = manifest.range();
  Json result = {{"norn_campaign_result", kVersion}, {"verdict", ""}, {"exit_code", 0}};
  result.update(manifest.identity);
  result["seeds"] = to_json(manifest).at("seeds");
  if (manifest.shard && !manifest.merged)
    result["shard"] = {{"number", manifest.shard->number}, {"of", manifest.shard->of}};
  const Range asked = manifest.merged ? Range{0, manifest.seeds.count} : range;
  result["asked"] = asked.size();
  result["done"] = folded.done.overlap(asked);
  folded.tally.add_claims(manifest.claims);
  folded.tally.write(result);
  result["checked"] = folded.checked;
  result["unchecked"] = folded.unchecked.size();
  result["differing"] = values_of(folded.differing);
  result["unrepeated"] = values_of(folded.unrepeated);
  result["cases"] = folded.cases;
  result["signatures"] = signatures_json(manifest, folded.tally);
  result["warnings"] = folded.tally.warnings();
  Json gaps = Json::array();
  for (const Range& gap : folded.done.missing(asked)) gaps.push_back({gap.begin, gap.end - 1});
  if (!gaps.empty()) result["missing"] = gaps;
  if (!gaps.empty() && manifest.merged && manifest.shard)
    result["missing_shards"] = missing_shards(gaps, *manifest.shard, manifest.seeds.count);
  const int code = exit_code_of(result);
  result["verdict"] = verdict_of(code);
  result["exit_code"] = code;
  return result;
}

int exit_code_of(const Json& result) {
  if (!result.at("differing").empty() || has_unrepeated_crash(result)) return kNondeterminism;
  if (!result.at("signatures").empty() || has_bad_case(result)) return kViolated;
  return is_whole(result) && result.at("incomplete") == 0 ? kPassed : kIncomplete;
}

std::string case_stem(const Json& result, const Json& signature) {
  std::string stem = result.at("scenario").get<std::string>();
  const std::string variant = result.at("options").at("variant");
  if (!variant.empty()) stem += "-" + variant;
  return stem + "-" + std::to_string(signature.at("smallest").at("seed").get<std::uint64_t>());
}

void name_cases(Json& result, const std::string& folder) {
  static constexpr std::pair<const char*, const char*> kFiles[] = {
      {"case", ".case.json"}, {"trace", ".norn"}, {"shrunk", ".min.case.json"}};
  for (Json& signature : result.at("signatures")) {
    if (signature.at("kind") != "violation") continue;
    const std::string stem = std::string(kCasesFolder) + "/" + case_stem(result, signature);
    for (const auto& [name, ending] : kFiles) {
      std::error_code ignored;
      const std::string file = stem + ending;
      if (std::filesystem::exists(std::filesystem::path(folder) / file, ignored))
        signature[name] = file;
    }
  }
}

std::string signature_line(const Json& signature) {
  const std::string kind = signature.at("kind");
  const std::string property = signature.at("property");
  const std::string subject = signature.at("subject");
  const std::string message = signature.at("message");
  std::string line = kind == "violation" ? "\"" + property + "\"" : kind + ": " + property;
  if (!subject.empty()) line += " on " + subject;
  return message.empty() ? line : line + ": " + message;
}

std::string replay_line(const Json& result, const Json& signature, const std::string& folder) {
  if (!signature.contains("case")) return signature.at("replay");
  const char* const best = signature.contains("shrunk") ? "shrunk" : "case";
  return result.at("program").get<std::string>() + " --replay " +
         shell_word(folder + "/" + signature.at(best).get<std::string>());
}

}  // namespace norn::command
