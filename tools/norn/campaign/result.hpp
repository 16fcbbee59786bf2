// What a campaign found: result.json, and what is said of it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "campaign/journal.hpp"
#include "campaign/manifest.hpp"
#include "campaign/options.hpp"

namespace norn::command {

// make_result() is all of result.json. There are no times of this machine in it, and nothing of it
// depends on who ran which seed when: two campaigns with the same manifest have the same bytes.
Json make_result(const Manifest& manifest, Folded folded);

// case_stem() is the name that the scenario program gives to the case of a seed, without its
// ending.
std::string case_stem(const Json& result, const Json& signature);

// name_cases() puts the files of cases that are in `folder` into the result.
void name_cases(Json& result, const std::string& folder);

// exit_code_of() is the verdict of a result: 0, 1, 3 or 4.
int exit_code_of(const Json& result);

// result_text() tells a person; `folder` is where the cases are.
std::string result_text(const Json& result, const std::string& folder, bool colours);

// signature_line() is a failure in one line: "at most one" on alice, bob: # workers inside.
std::string signature_line(const Json& signature);

// replay_line() is what runs the failure again: with its case, where there is one.
std::string replay_line(const Json& result, const Json& signature, const std::string& folder);

// report() writes what ReportOptions asks for. Errors: a file that cannot be written.
Result<void> report(const Json& result, const std::string& folder, const ReportOptions& options,
                    std::ostream& out);

// summary_lines() says what is wrong besides the failures, and what was not tested.
std::vector<std::string> summary_lines(const Json& result);

}  // namespace norn::command
