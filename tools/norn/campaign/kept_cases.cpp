#include "campaign/kept_cases.hpp"

#include <algorithm>
#include <filesystem>

#include "campaign/manifest.hpp"
#include "campaign/process.hpp"
#include "campaign/result.hpp"

namespace norn::command {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCaseEnding = ".case.json";
// A run and the many runs of shrinking it.
constexpr auto kCaseLimit = std::chrono::minutes(30);

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// What the seed was when it was run for its case: its hash, or why there is none.
std::string hash_in(const Ran& ran) {
  const Json report = Json::parse(ran.output, nullptr, false);
  if (!report.is_object() || !report.contains("failures")) return ran.end;
  if (report.at("failures").empty()) return "a run without a failure";
  return report.at("failures").at(0).value("trace_hash", "");
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t before = text.rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end - begin + 1);
}

Json replayed(const std::string& file, const Ran& ran) {
  const Json report = Json::parse(ran.output, nullptr, false);
  std::string detail;
  if (report.is_object() && report.contains("violation"))
    detail = report.at("violation").at("property").get<std::string>() + ": " +
             report.at("violation").at("detail").get<std::string>();
  const char* status = "diverged";
  if (ran.exit_code == 0) {
    status = "fixed";
  } else if (ran.exit_code == 1 && report.is_object() && report.value("same_failure", false)) {
    status = "still fails";
  } else if (ran.exit_code != 1) {
    const std::string said = without_addresses(last_line(ran.errors));
    detail = ran.exit_code == 4 ? "not deterministic" : ran.end;
    if (!said.empty()) detail += ": " + said;
  }
  return {{"file", file}, {"status", status}, {"detail", detail}};
}

}  // namespace

Result<Json> make_cases(const Json& result, const std::vector<std::string>& command,
                        const std::string& folder, std::uint64_t most) {
  Json differing = Json::array();
  for (const Json& signature : result.at("signatures")) {
    if (signature.at("kind") != "violation") continue;
    if (most-- == 0) break;
    if (is_there(folder + "/" + case_stem(result, signature) + std::string(kCaseEnding))) continue;
    const Json& smallest = signature.at("smallest");
    const auto seed = smallest.at("seed").get<std::uint64_t>();
    std::vector<std::string> words = command;
    words.insert(words.end(),
                 {"--seed", std::to_string(seed), "--out", folder, "--overwrite", "--json"});
    const Result<Ran> ran = run_program(words, kCaseLimit);
    if (!ran) return ran.error();
    const std::string hash = hash_in(*ran);
    if (hash == smallest.at("hash").get<std::string>()) continue;
    differing.push_back({{"index", smallest.at("index")},
                         {"seed", seed},
                         {"first", smallest.at("hash")},
                         {"second", hash}});
  }
  return differing;
}

Result<Json> replay_cases(const std::string& program, const std::string& folder,
                          std::chrono::nanoseconds limit) {
  std::error_code problem;
  std::vector<std::string> files;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    const std::string name = at->path().filename().string();
    // A near miss passes, and is kept to be looked at.
    if (name.ends_with(kCaseEnding) && !name.ends_with(".near.case.json")) files.push_back(name);
  }
  if (problem) return Error{Errc::not_found, "--cases " + folder + ": " + problem.message()};
  std::sort(files.begin(), files.end());
  Json list = Json::array();
  for (const std::string& file : files) {
    const Result<Ran> ran =
        run_program({program, "--replay", (fs::path(folder) / file).string(), "--json"}, limit);
    if (!ran) return ran.error();
    list.push_back(replayed(file, *ran));
  }
  return list;
}

Result<void> copy_cases(const Json& result, const std::vector<std::string>& from,
                        const std::string& to) {
  for (const Json& signature : result.at("signatures")) {
    if (signature.at("kind") != "violation") continue;
    const std::string stem = case_stem(result, signature);
    for (const std::string& campaign : from) {
      const fs::path folder = fs::path(campaign) / kCasesFolder;
      if (!is_there(folder / (stem + std::string(kCaseEnding))) || campaign == to) continue;
      const std::string target = fs::path(to) / kCasesFolder;
      if (Result<void> made = make_folder(target); !made) return made;
      for (const char* ending : {".norn", ".min.norn", ".min.case.json", ".near.norn",
                                 ".near.case.json", ".case.json"}) {
        const std::string file = stem + ending;
        if (!is_there(folder / file)) continue;
        const Result<std::string> content = read_file((folder / file).string());
        if (!content) return content.error();
        if (Result<void> done = replace_file((fs::path(target) / file).string(), *content); !done)
          return done;
      }
      break;
    }
  }
  return {};
}

}  // namespace norn::command
