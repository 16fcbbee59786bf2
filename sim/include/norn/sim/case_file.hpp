// Case: what is needed to replay a failure, kept as a JSON file that people can read and edit.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/result.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn {

inline constexpr int kCaseSchemaVersion = 1;

// What makes two failures the same one, whatever their seed: not the time, and not the detail,
// which often holds numbers.
struct Fingerprint {
  std::string property{};
  std::string subject{};  // the nodes concerned, sorted, with commas
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};
Fingerprint fingerprint(const Violation& violation);

struct Case {
  std::string build{};   // build_id() of the program that found it
  SimOptions options{};  // with scenario, seed and overrides; its plan is the one that was drawn
  Violation violation{};
  Fingerprint same_as{};
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  std::string trace_file{};  // beside the case (a path relative to it), or empty
};

// make_case() describes a run that broke a property.
Case make_case(const SimOptions& options, const RunSummary& run);

// to_json() and case_from_json() are inverses for all that decides what a run does.
nlohmann::ordered_json to_json(const Case& failing);
// Errors (invalid) name the JSON path: "options.time: ...". Unknown keys are errors, so that a slip
// of the pen is seen.
Result<Case> case_from_json(const nlohmann::json& json);
// load_case() reads a file. Errors name it, with line and column when it is not JSON.
Result<Case> load_case(const std::string& path);
// save_case() writes beside and renames. Errors: already_exists (unless overwrite), io_error,
// no_space.
Result<void> save_case(const Case& failing, const std::string& path, bool overwrite);

// holds_case() is whether a file is there and holds this very case; the place of its trace apart.
bool holds_case(const std::string& path, const Case& failing);

// build_id() identifies the code of this program: the GNU build id that the linker gave it, or else
// the XXH3 hash of the file.
const std::string& build_id();

}  // namespace norn
