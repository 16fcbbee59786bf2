// norn merge: the shards of a campaign become one result.
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>

#include "campaign/ci_output.hpp"
#include "campaign/kept_cases.hpp"
#include "campaign/manifest.hpp"
#include "campaign/options.hpp"
#include "campaign/progress.hpp"
#include "campaign/result.hpp"
#include "norn_command.hpp"

namespace norn::command {

namespace {

namespace fs = std::filesystem;

bool has_campaign(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kManifestFile, ignored);
}

// A folder is a campaign, or has shards of one below it, or both: an earlier merge of them.
Result<std::vector<std::string>> campaigns_in(const std::vector<std::string>& folders) {
  std::set<std::string> found;
  for (const std::string& folder : folders) {
    const std::size_t before = found.size();
    const bool itself = has_campaign(folder);
    if (itself) found.insert(fs::path(folder).lexically_normal().string());
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
         at.increment(problem)) {
      const bool is_shard = at->path().filename().string().starts_with("shard-");
      if (is_shard && has_campaign(at->path()))
        found.insert(at->path().lexically_normal().string());
    }
    if (problem) return Error{Errc::not_found, folder + ": " + problem.message()};
    if (!itself && found.size() == before)
      return Error{Errc::not_found, folder + ": there is no campaign in it"};
  }
  return std::vector<std::string>(found.begin(), found.end());
}

Result<Manifest> common_manifest(const std::vector<std::string>& campaigns) {
  Result<Manifest> first = read_manifest(campaigns.front());
  if (!first) return first;
  for (const std::string& campaign : campaigns) {
    const Result<Manifest> other = read_manifest(campaign);
    if (!other) return other.error();
    if (const std::string what = difference(*other, *first); !what.empty())
      return Error{Errc::invalid, fs::path(campaign)
                                      .string()
                                      .append(" is of another campaign than ")
                                      .append(campaigns.front())
                                      .append(": ")
                                      .append(what)};
  }
  first->merged = first->shard.has_value();
  if (first->shard) first->shard->number = 1;
  return first;
}

// What is at the place where the result goes must be of the same campaign.
Result<void> check_target(const std::string& out, const Manifest& manifest) {
  if (!has_campaign(out)) return {};
  const Result<Manifest> there = read_manifest(out);
  if (!there) return there.error();
  const std::string what = difference(*there, manifest);
  if (what.empty()) return {};
  return Error{Errc::invalid, "--out " + out + ": another campaign is there: " + what};
}

Result<int> merge(const MergeOptions& options, std::ostream& out) {
  const Result<std::vector<std::string>> campaigns = campaigns_in(options.folders);
  if (!campaigns) return campaigns.error();
  const Result<Manifest> manifest = common_manifest(*campaigns);
  if (!manifest) return manifest.error();
  if (Result<void> right = check_target(options.out, *manifest); !right) return right.error();
  std::vector<std::string> journals;
  for (const std::string& campaign : *campaigns) journals.push_back(campaign + "/" + kJournalFile);
  std::string joined;
  Result<Folded> folded = fold(journals, &joined);
  if (!folded) return folded.error();
  Json result = make_result(*manifest, *std::move(folded));
  if (Result<void> made = make_folder(options.out); !made) return made.error();
  if (Result<void> copied = copy_cases(result, *campaigns, options.out); !copied)
    return copied.error();
  name_cases(result, options.out);
  // The journal first: with it alone, the folder is still no campaign.
  const std::pair<const char*, std::string> files[] = {
      {kJournalFile, joined},
      {kManifestFile, to_json(*manifest).dump(2) + "\n"},
      {kResultFile, result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"}};
  for (const auto& [name, content] : files) {
    if (Result<void> done = replace_file(options.out + "/" + name, content); !done)
      return done.error();
  }
  if (!options.report.json) out << result_text(result, options.out, look_of(1).colours);
  if (Result<void> done = report(result, options.out, options.report, out); !done)
    return done.error();
  return exit_code_of(result);
}

}  // namespace

int run_merge(const MergeOptions& options, std::ostream& out, std::ostream& err) {
  const Result<int> done = merge(options, out);
  if (done) return *done;
  err << "norn: " << done.error().message << "\n";
  return kBadInput;
}

}  // namespace norn::command
