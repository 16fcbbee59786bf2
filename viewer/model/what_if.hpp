// What if a fault had not been, or at another time? The faults of a case, edited and run again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/child_program.hpp"
#include "model/event_source.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// A fault of the case's plan, as it is now and as it was.
struct PlannedFault {
  std::string kind;              // "partition"
  std::string label;             // "partition  n1 | n2 n3"
  std::uint64_t plan_index = 0;  // by which the trace names it
  bool on = true;
  std::int64_t at_ns = 0;
  std::optional<std::int64_t> lasts_ns;  // none: it has no duration
  std::int64_t original_at_ns = 0;
  std::optional<std::int64_t> original_lasts_ns;

  bool changed() const { return !on || at_ns != original_at_ns || lasts_ns != original_lasts_ns; }
};

// WhatIf never writes over a file: what it makes is in a folder of its own, under the system's for
// temporary files, and stays there. Nothing is run before run() is called.
class WhatIf {
 public:
  // load() finds the case beside the trace (NAME.norn: NAME.case.json), or else the one that the
  // trace's replay line names. Errors: not_found says where it looked; invalid names the place.
  static Result<WhatIf> load(const RunFacts& facts);

  const std::string& case_file() const { return case_file_; }
  const std::vector<PlannedFault>& faults() const { return faults_; }
  // fault_of() is the position of the fault that the trace names by that index; none if there is
  // no such fault, or one of another kind: a scenario may begin faults that are in no plan.
  std::optional<std::size_t> fault_of(std::uint64_t plan_index, std::string_view kind) const;
  void set_on(std::size_t fault, bool on);
  // move() lets the fault begin at another time, not before 0; it lasts as long as before.
  void move(std::size_t fault, std::int64_t to_ns);
  // set_lasts() is for faults that have a duration.
  void set_lasts(std::size_t fault, std::int64_t lasts_ns);
  void reset();
  bool changed() const;
  // version() is another number after each change of a fault.
  std::uint64_t version() const { return version_; }

  // The scenario's program. One that is not where the trace says can be set.
  const std::string& program() const { return program_; }
  void set_program(std::string program) { program_ = std::move(program); }
  // program_problem() says why it cannot be run; "" when nothing is known against it.
  std::string program_problem() const;

  // edited() is the case with the changed plan. It says that no build found it, so that a run that
  // differs is no nondeterminism.
  nlohmann::json edited() const;
  // command() is exactly what runs, or else what run() would run next.
  std::vector<std::string> command() const;

  // run() writes the edited case and starts the program. Errors: io_error, not_found.
  Result<void> run();
  ChildProgram* child() { return child_.get(); }
  const ChildProgram* child() const { return child_.get(); }
  // poll() is true once, when the run has ended.
  bool poll();
  // verdict() is the program's own line: "still fails: …", "no longer fails: …"; "" before.
  std::string verdict() const;
  // new_trace() is what the last run recorded; "" when it recorded nothing.
  std::string new_trace() const;

 private:
  std::string stem() const;
  Result<void> read_faults();
  Result<void> make_folder();

  std::string trace_;  // absolute
  std::string case_file_;
  std::string program_;
  nlohmann::json case_;
  std::vector<PlannedFault> faults_;
  std::uint64_t version_ = 0;
  std::string folder_;            // "": not made yet
  std::size_t runs_ = 0;          // begun so far
  std::vector<std::string> ran_;  // the command of the last run
  std::unique_ptr<ChildProgram> child_;
};

// plan_time() writes a time as plans have it: "8.2475s".
std::string plan_time(std::int64_t ns);

}  // namespace norn::viewer
