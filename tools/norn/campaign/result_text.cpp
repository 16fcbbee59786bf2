#include <ostream>
#include <string>

#include "campaign/ci_output.hpp"
#include "campaign/progress.hpp"
#include "campaign/result.hpp"
#include "norn_command.hpp"

namespace norn::command {

namespace {

// Beyond so many ways to fail, the result file has the others.
constexpr std::size_t kShown = 20;
constexpr std::size_t kShownWords = 4;
constexpr std::size_t kShownSeeds = 5;

std::uint64_t number(const Json& json, const char* name) {
  return json.at(name).get<std::uint64_t>();
}

std::string painted(const std::string& text, const char* code, bool colours) {
  return colours ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
}

std::string signature_text(const Json& result, const Json& signature, const std::string& folder,
                           bool colours) {
  const Json& smallest = signature.at("smallest");
  std::string text = painted("FAILED", "31", colours) + " " + signature_line(signature) + "\n";
  text += "  " + counted(number(signature, "count"), "seed") + ", first seed " +
          std::to_string(number(signature, "first_seed"));
  if (smallest.contains("events")) {
    text += ", smallest seed " + std::to_string(number(smallest, "seed")) + " with " +
            counted(number(smallest, "events"), "event");
    const std::string detail = smallest.at("detail");
    if (!detail.empty()) text += ": " + detail;
  }
  text += "\n";
  if (signature.contains("last_words")) {
    const Json& words = signature.at("last_words");
    const std::size_t from = words.size() > kShownWords ? words.size() - kShownWords : 0;
    for (std::size_t i = from; i < words.size(); ++i)
      text += "  | " + words.at(i).get<std::string>() + "\n";
  }
  if (signature.contains("case"))
    text += "  case:   " + folder + "/" + signature.at("case").get<std::string>() + "\n";
  return text + "  replay: " + replay_line(result, signature, folder) + "\n\n";
}

std::string case_text(const Json& one) {
  std::string line = one.at("file").get<std::string>() + ": " + one.at("status").get<std::string>();
  const std::string detail = one.at("detail");
  return detail.empty() ? line : line + ": " + detail;
}

}  // namespace

std::vector<std::string> summary_lines(const Json& result) {
  std::vector<std::string> lines;
  for (const Json& one : result.at("cases")) lines.push_back("case " + case_text(one));
  const Json& differing = result.at("differing");
  for (std::size_t i = 0; i < differing.size() && i < kShownSeeds; ++i) {
    const Json& one = differing.at(i);
    lines.push_back("not deterministic: seed " + std::to_string(number(one, "seed")) + " was " +
                    one.at("first").get<std::string>() + " and then " +
                    one.at("second").get<std::string>());
  }
  if (differing.size() > kShownSeeds)
    lines.push_back("... and " + counted(differing.size() - kShownSeeds, "further seed"));
  for (const Json& one : result.at("unrepeated")) {
    lines.push_back("seed " + std::to_string(number(one, "seed")) + ": " + signature_line(one) +
                    ", but not when it was run alone");
  }
  if (result.contains("first_incomplete")) {
    const Json& first = result.at("first_incomplete");
    lines.push_back(counted(number(result, "incomplete"), "run") +
                    " ended at a limit, first seed " + std::to_string(number(first, "seed")) +
                    ": " + first.at("reason").get<std::string>());
  }
  if (result.contains("missing_shards")) {
    std::string shards;
    for (const Json& one : result.at("missing_shards"))
      shards += (shards.empty() ? "" : ", ") + std::to_string(one.get<std::uint64_t>());
    lines.push_back("missing or unfinished shards: " + shards);
  } else if (result.at("done") != result.at("asked")) {
    lines.push_back(counted(number(result, "asked") - number(result, "done"), "seed") +
                    " still to run: the same command goes on");
  }
  for (const Json& one : result.at("warnings")) lines.push_back(one.get<std::string>());
  return lines;
}

std::string result_text(const Json& result, const std::string& folder, bool colours) {
  std::string text;
  const Json& signatures = result.at("signatures");
  for (std::size_t i = 0; i < signatures.size() && i < kShown; ++i)
    text += signature_text(result, signatures.at(i), folder, colours);
  if (signatures.size() > kShown)
    text += counted(signatures.size() - kShown, "further way") + " to fail: see the result\n\n";
  const bool good = result.at("exit_code") == kPassed;
  text += painted(result.at("verdict").get<std::string>(), good ? "32" : "31", colours) + " " +
          result.at("scenario").get<std::string>() + ": " + counted(number(result, "done"), "seed");
  if (result.at("done") != result.at("asked")) text += " of " + grouped(number(result, "asked"));
  const std::uint64_t failed = number(result, "failed") + number(result, "died");
  text += failed == 0 ? ", none failed"
                      : ", " + grouped(failed) + " failed in " + counted(signatures.size(), "way");
  text += "\n  " + counted(number(result, "checked"), "seed") + " run a second time: " +
          (result.at("differing").empty() ? "the same" : "not all the same") + "\n";
  for (const std::string& line : summary_lines(result)) text += "  " + line + "\n";
  return text + "  result: " + folder + "/" + kResultFile + "\n";
}

Result<void> report(const Json& result, const std::string& folder, const ReportOptions& options,
                    std::ostream& out) {
  if (options.json) out << result.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (options.github || github_is_here()) {
    // Where the standard output is one document, annotations have no place.
    if (!options.json) out << github_annotations(result, folder);
    if (Result<void> done = append_github_summary(github_summary(result, folder)); !done)
      return done;
  }
  if (options.junit.empty()) return {};
  if (Result<void> done = replace_file(options.junit, junit_xml(result, folder)); !done)
    return Error{done.error().code, "--junit " + done.error().message};
  return {};
}

}  // namespace norn::command
