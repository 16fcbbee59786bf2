#include "campaign/ci_output.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "campaign/progress.hpp"
#include "campaign/result.hpp"

namespace norn::command {

namespace {

std::uint64_t number(const Json& json, const char* name) {
  return json.at(name).get<std::uint64_t>();
}

// Escapes of workflow commands: of the message, and of a property, where more is special.
std::string command_text(const std::string& text, bool in_property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%')
      escaped += "%25";
    else if (c == '\r')
      escaped += "%0D";
    else if (c == '\n')
      escaped += "%0A";
    else if (c == ':' && in_property)
      escaped += "%3A";
    else if (c == ',' && in_property)
      escaped += "%2C";
    else
      escaped += c;
  }
  return escaped;
}

std::string annotation(const char* level, const std::string& title, const std::string& message) {
  return std::string("::") + level + " title=" + command_text(title, true) +
         "::" + command_text(message, false) + "\n";
}

std::string count_text(const Json& result, const Json& signature) {
  return grouped(number(signature, "count")) + " of " + counted(number(result, "done"), "seed");
}

// TestCases collects the elements of a suite and counts them.
class TestCases {
 public:
  explicit TestCases(std::string suite) : suite_(std::move(suite)) {}
  void add(const std::string& name, const std::string& inside = "") {
    ++count_;
    text_ += "    <testcase classname=\"" + xml_text(suite_) + "\" name=\"" + xml_text(name) +
             "\" time=\"0\"" + (inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n");
  }
  void add_bad(const std::string& element, const std::string& name, const std::string& message,
               const std::string& text) {
    (element == "error" ? errors_ : failures_) += 1;
    add(name, "      <" + element + " message=\"" + xml_text(message) + "\" type=\"" +
                  std::string(element == "error" ? "death" : "violation") + "\">" + xml_text(text) +
                  "</" + element + ">\n");
  }
  void add_skipped(const std::string& name, const std::string& why) {
    ++skipped_;
    add(name, "      <skipped message=\"" + xml_text(why) + "\"/>\n");
  }
  std::string xml() const {
    const std::string counts =
        "name=\"" + xml_text(suite_) + "\" tests=\"" + std::to_string(count_) + "\" failures=\"" +
        std::to_string(failures_) + "\" errors=\"" + std::to_string(errors_) + "\" skipped=\"" +
        std::to_string(skipped_) + "\" time=\"0\"";
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts +
           ">\n  <testsuite " + counts + ">\n" + text_ + "  </testsuite>\n</testsuites>\n";
  }

 private:
  std::string suite_, text_;
  std::uint64_t count_ = 0, failures_ = 0, errors_ = 0, skipped_ = 0;
};

std::string details(const Json& result, const Json& signature, const std::string& folder) {
  std::string text = count_text(result, signature) + ", first seed " +
                     std::to_string(number(signature, "first_seed")) + "\n";
  if (signature.at("smallest").contains("detail"))
    text += signature.at("smallest").at("detail").get<std::string>() + "\n";
  if (signature.contains("last_words")) {
    for (const Json& line : signature.at("last_words")) text += line.get<std::string>() + "\n";
  }
  return text + "replay: " + replay_line(result, signature, folder) + "\n";
}

void add_properties(const Json& result, TestCases& cases) {
  for (const Json& property : result.at("properties")) {
    const std::string name = property.at("name");
    const std::string kind = property.at("kind");
    std::uint64_t broken = 0;
    std::uint64_t ways = 0;
    for (const Json& signature : result.at("signatures")) {
      if (signature.at("kind") != "violation" || signature.at("property") != name) continue;
      broken += number(signature, "count");
      ++ways;
    }
    std::string title = kind;
    title.append(": ").append(name);
    if (broken > 0) {
      cases.add_bad("failure", title,
                    counted(broken, "seed") + " broke it in " + counted(ways, "way"), "");
    } else if (number(property, "evaluated") == 0 && !property.at("judged").get<bool>()) {
      cases.add_skipped(title, "never judged");
    } else {
      cases.add(title);
    }
  }
}

}  // namespace

std::string xml_text(const std::string& text) {
  // What is no UTF-8 becomes U+FFFD on the way through JSON.
  const std::string valid = Json::parse(text_of(Json(text))).get<std::string>();
  std::string escaped;
  for (const char c : valid) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else if (c == '"')
      escaped += "&quot;";
    else if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20)
      escaped += c;
  }
  return escaped;
}

std::string junit_xml(const Json& result, const std::string& folder) {
  std::string suite = result.at("scenario");
  const std::string variant = result.at("options").at("variant");
  if (!variant.empty()) suite += "." + variant;
  TestCases cases(suite);
  add_properties(result, cases);
  for (const Json& signature : result.at("signatures")) {
    const bool violation = signature.at("kind") == "violation";
    cases.add_bad(violation ? "failure" : "error", signature_line(signature),
                  count_text(result, signature), details(result, signature, folder));
  }
  for (const Json& one : result.at("cases")) {
    const std::string file = one.at("file");
    const std::string status = one.at("status");
    if (status == "fixed") {
      cases.add("case " + file);
    } else {
      cases.add_bad("failure", "case " + file, status, one.at("detail"));
    }
  }
  if (!result.at("differing").empty()) {
    std::string text;
    for (const Json& one : result.at("differing"))
      text += "seed " + std::to_string(number(one, "seed")) + "\n";
    cases.add_bad("error", "the same seed gives the same run", "not deterministic", text);
  }
  if (result.at("verdict") == "incomplete")
    cases.add_bad("error", "all seeds are run to their end", "incomplete",
                  std::to_string(number(result, "done")) + " of " +
                      std::to_string(number(result, "asked")) + " seeds\n");
  return cases.xml();
}

std::string github_annotations(const Json& result, const std::string& folder) {
  const std::string scenario = result.at("scenario");
  std::string text;
  for (const Json& signature : result.at("signatures"))
    text += annotation("error", scenario + " " + signature_line(signature),
                       details(result, signature, folder));
  for (const Json& one : result.at("cases")) {
    if (one.at("status") != "fixed")
      text += annotation(
          "error", scenario + " case " + one.at("file").get<std::string>(),
          one.at("status").get<std::string>() + "\n" + one.at("detail").get<std::string>());
  }
  for (const Json& one : result.at("differing"))
    text += annotation("error", scenario + " is not deterministic",
                       "seed " + std::to_string(number(one, "seed")));
  if (result.at("verdict") == "incomplete")
    text += annotation("warning", scenario + " is incomplete",
                       std::to_string(number(result, "done")) + " of " +
                           std::to_string(number(result, "asked")) + " seeds were run");
  return text;
}

std::string github_summary(const Json& result, const std::string& folder) {
  const auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
      text.insert(at, "\\");
    return xml_text(text);
  };
  std::string text =
      "### " + cell(result.at("scenario")) + ": " + result.at("verdict").get<std::string>() +
      "\n\n" + counted(number(result, "done"), "seed") + " of " + grouped(number(result, "asked")) +
      ", " + grouped(number(result, "failed") + number(result, "died")) + " failed, " +
      grouped(number(result, "checked")) + " run a second time\n\n";
  if (!result.at("signatures").empty()) text += "| failure | seeds | first seed |\n|---|---|---|\n";
  for (const Json& signature : result.at("signatures")) {
    text += "| " + cell(signature_line(signature)) + " | " + grouped(number(signature, "count")) +
            " | " + std::to_string(number(signature, "first_seed")) + " |\n";
  }
  if (!result.at("signatures").empty()) text += "\n```\n";
  for (const Json& signature : result.at("signatures"))
    text += replay_line(result, signature, folder) + "\n";
  if (!result.at("signatures").empty()) text += "```\n";
  for (const std::string& line : summary_lines(result)) text += "- " + cell(line) + "\n";
  return text + "\n";
}

bool github_is_here() {
  const char* const here = std::getenv("GITHUB_ACTIONS");
  return here != nullptr && std::string(here) == "true";
}

Result<void> append_github_summary(const std::string& text) {
  const char* const path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return {};
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << text << std::flush;
  if (!file) return Error{Errc::io_error, std::string(path) + ": cannot be written"};
  return {};
}

}  // namespace norn::command
