// The result of a campaign as continuous integration wants it.
#pragma once

#include <string>

#include "campaign/files.hpp"

namespace norn::command {

// junit_xml() has a test case for each property, each signature and each kept case, in the form
// that Jenkins, GitLab and GitHub's reporters read: testsuites, testsuite, testcase, failure,
// error, skipped, system-out.
std::string junit_xml(const Json& result, const std::string& folder);

// github_annotations() are workflow commands, one a line: see "Workflow commands for GitHub
// Actions" in GitHub's documentation.
std::string github_annotations(const Json& result, const std::string& folder);
// github_summary() is Markdown; append_github_summary() appends it to $GITHUB_STEP_SUMMARY.
std::string github_summary(const Json& result, const std::string& folder);
Result<void> append_github_summary(const std::string& text);
bool github_is_here();

// xml_text() makes text fit for XML 1.0: what it does not allow is left out or replaced.
std::string xml_text(const std::string& text);

}  // namespace norn::command
